"""A spec's interactive page that follows its file, served to this machine alone.

Importing what is in here imports the packages of the extra ``watch``; nothing outside does.

What happens on a save: ``files`` notices it, ``session`` reads the spec and makes what the
page shows, ``hub`` hands that to every open page, which ``app`` answers and ``serve`` runs.
"""
