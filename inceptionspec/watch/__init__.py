"""A spec's interactive page that follows its file, served to this machine alone.

Importing these modules imports the packages of the extra ``watch``; no other room does.

On a save ``files`` notices it, ``session`` reads the spec and makes what the page shows, and
``hub`` sends that to every open page. ``app`` answers requests, and ``serve`` runs it all.
"""
