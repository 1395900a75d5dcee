"""The closed table of codes: what each finding is about, and the exit code that it causes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

EXIT_CLEAN = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_MISSING = 3
EXIT_BUG = 70
EXIT_INTERRUPTED = 130


class Code(NamedTuple):
    """One row of the table: what a code is about, and the exit code that it causes."""

    title: str
    exit: int = EXIT_FINDINGS


CODES: Mapping[str, Code] = {
    # E01: text and YAML
    "E0101": Code("the file is not UTF-8 text"),
    "E0102": Code("the file is not valid YAML"),
    "E0103": Code("a key is given twice in one mapping"),
    "E0104": Code("anchors and aliases are not part of the language"),
    "E0105": Code("tags are not part of the language"),
    "E0106": Code("merge keys are not part of the language"),
    "E0107": Code("a file holds one document"),
    "E0108": Code("the file holds no spec"),
    "E0109": Code("a character that YAML does not allow"),
    "E0110": Code("a key is not a plain word"),
    # E02: the form of a spec
    "E0201": Code("a value has the wrong kind"),
    "E0202": Code("a key is unknown"),
    "E0203": Code("an operator has no such attribute"),
    "E0204": Code("a key is missing"),
    "E0205": Code("an attribute has a value it cannot take"),
    "E0206": Code("an operator is unknown"),
    "E0207": Code("the version of the language is unknown"),
    "E0208": Code("an entry must be one thing"),
    "E0209": Code("a name is malformed"),
    "E0210": Code("two attributes contradict each other"),
    # E03: names and references
    "E0301": Code("a name is given twice"),
    "E0302": Code("a block is unknown"),
    "E0303": Code("an argument is unknown where it is used"),
    "E0304": Code("a call lacks an argument"),
    "E0305": Code("an argument is unknown where it is given"),
    "E0306": Code("an argument has the wrong type"),
    "E0307": Code("a block calls itself"),
    "E0308": Code("a path does not exist"),
    "E0309": Code("a rename matches nothing"),
    "E0310": Code("an override matches nothing"),
    "E0311": Code("two overrides meet at one path"),
    "E0312": Code("a base cannot be found"),
    "E0313": Code("a base lies outside the folder of its variant"),
    "E0314": Code("specs extend each other in a circle"),
    "E0315": Code("an override does not fit what it names"),
    "E0316": Code("an entry reads what does not come before it"),
    "E0317": Code("a name stands for what `when` leaves out"),
    # E04: shapes
    "E0401": Code("a window is larger than its input"),
    "E0402": Code("branches cannot be concatenated"),
    "E0403": Code("branches cannot be added or multiplied"),
    "E0404": Code("a layer cannot read what comes in"),
    "E0405": Code("a map of more than one pixel cannot be squeezed"),
    "E0406": Code("the input is too small or too large for a head"),
    "E0407": Code("a weight needs a known input size"),
    "E0408": Code("channels do not divide into groups"),
    "E0409": Code("a window of a pool can hold nothing but padding"),
    "E0412": Code("a list does not have one number for each channel"),
    "E0414": Code("a map or its channels do not divide into blocks"),
    "E0415": Code("a layer cuts or reflects more than comes in"),
    # E05: limits
    "E0501": Code("the text is too long"),
    "E0502": Code("the text has too many parts"),
    "E0503": Code("the nesting is too deep"),
    "E0504": Code("a scalar is too long"),
    "E0505": Code("the network has too many layers"),
    "E0506": Code("a dimension is too large"),
    "E0507": Code("a tensor is too large"),
    "E0508": Code("the network has too many parameters"),
    "E0509": Code("the chain of bases is too long"),
    # E06: contracts and budgets
    "E0601": Code("a shape differs from its contract"),
    "E0602": Code("a count differs from its contract"),
    "E0603": Code("a budget is exceeded"),
    # E07: backends and weights
    "E0701": Code("a file of weights lacks a weight"),
    "E0702": Code("an array of a file of weights does not fit"),
    "E0703": Code("a file of weights cannot be read"),
    "E0704": Code("a package is not installed", EXIT_MISSING),
    "E0705": Code("a diagram engine is not installed", EXIT_MISSING),
    "E0706": Code("a diagram engine failed"),
    "E0707": Code("a benchmark's process ended early"),
    "E0708": Code("a batch does not fit in memory"),
    "E0709": Code("the outputs of two sides differ"),
    "E0710": Code("a kernel of TensorFlow fails"),
    "E0711": Code("weights match in more than one way"),
    "E0712": Code("a naming scheme is wrong"),
    "E0713": Code("an exported file computes something else"),
    "E0714": Code("a file is not what its receipt says"),
    "E0715": Code("a picture cannot be read"),
    "E0716": Code("labels do not fit"),
    "E0717": Code("a file has no receipt"),
    "E0718": Code("an option does not go with a format", EXIT_USAGE),
    "E0719": Code("a picture cannot become an input"),
    "E0721": Code("a model to import has a layer without an operator"),
    "E0722": Code("a layer to import is used in a way that specs lack"),
    "E0723": Code("a model to import has a form that specs lack"),
    "E0724": Code("the weights of a model to import do not fit it"),
    "E0740": Code("the layers of an imported model do not fit together"),
    # E08: files, records and output
    "E0801": Code("there is no such spec", EXIT_USAGE),
    "E0802": Code("a file cannot be read", EXIT_USAGE),
    "E0803": Code("a file cannot be written", EXIT_USAGE),
    "E0804": Code("the suffix of a file is unknown", EXIT_USAGE),
    "E0805": Code("an option has a value it cannot take", EXIT_USAGE),
    "E0806": Code("an option names nothing", EXIT_USAGE),
    "E0807": Code("formatting would change the meaning"),
    "E0808": Code("a file does not hold benchmark records", EXIT_USAGE),
    "E0809": Code("no benchmark record fits", EXIT_USAGE),
    "E0810": Code("a command line makes no sense", EXIT_USAGE),
    "E0811": Code("a file of values is malformed", EXIT_USAGE),
    "E0812": Code("values belong to another network", EXIT_USAGE),
    "E0820": Code("an engine is not installed", EXIT_MISSING),
    "E0821": Code("an engine does not run on this processor", EXIT_USAGE),
    "E0822": Code("a runtime cannot run the network"),
    "E0823": Code("an engine or a processor does not compute in a precision", EXIT_USAGE),
    "E0824": Code("there is no picture to calibrate with"),
    "E0825": Code("no layer is kept in float", EXIT_USAGE),
    "E0826": Code("a lower precision destroys the network"),
    "E0827": Code("a runtime computes in another precision than it was asked for"),
    "E0830": Code("a picture does not fit its page", EXIT_USAGE),
    "E0831": Code("a network without rows has no lines to place", EXIT_USAGE),
    "E0832": Code("a tensor has no range to quantize"),
    "E0835": Code("a page cannot show two networks as one", EXIT_USAGE),
    "E0836": Code("two networks that share no picture have no part to draw", EXIT_USAGE),
    # E09: training
    "E0901": Code("a recipe does not fit the network"),
    "E0902": Code("a schedule does not fit its epochs"),
    "E0903": Code("a recipe trains nothing"),
    "E0911": Code("data cannot be trained on"),
    "E0912": Code("data does not fit the network"),
    "E0913": Code("a checkpoint belongs to another run"),
    "E0914": Code("a number became infinite or undefined"),
    "E0915": Code("a run's network, recipe or data has changed"),
    "E0916": Code("classes of data and network differ"),
    "E0917": Code("a run is not finished"),
    "E0920": Code("a worker ended before training did"),
    "E0921": Code("the variable TF_CONFIG names no cluster", EXIT_USAGE),
    "E0922": Code("a worker cannot listen", EXIT_USAGE),
    "E0923": Code("a batch is smaller than the number of workers", EXIT_USAGE),
    "E0924": Code("workers train different things"),
    # E093: sweeps
    "E0930": Code("a network has no such knob", EXIT_USAGE),
    "E0931": Code("a knob has a value it cannot take", EXIT_USAGE),
    "E0932": Code("a sweep is too large", EXIT_USAGE),
    "E0934": Code("a sweep leaves no variant"),
    "E0935": Code("a journal belongs to another sweep", EXIT_USAGE),
    "E0936": Code("a cluster cannot be used for a sweep"),
    "E0937": Code("a worker of a sweep ended early"),
    # E094: results of sweeps, costs and times
    "E0940": Code("a sweep has nothing to draw", EXIT_USAGE),
    "E0941": Code("a folder holds what would be lost", EXIT_USAGE),
    "E0945": Code("a difference is beyond what is allowed"),
    "E0946": Code("a condition cannot be read", EXIT_USAGE),
    "E0947": Code("a file of budgets has none for a spec"),
    # E095: moves
    "E0950": Code("nothing qualifies for a move"),
    "E0951": Code("two moves change the same"),
    "E0952": Code("a move makes a network that does not fit"),
    # W01: advice
    "W0101": Code("an argument is never used", EXIT_CLEAN),
    "W0102": Code("a block is never called", EXIT_CLEAN),
    "W0103": Code("no head needs a layer", EXIT_CLEAN),
    "W0104": Code("a window leaves out rows or columns", EXIT_CLEAN),
    "W0105": Code("a branch is a copy of another", EXIT_CLEAN),
    "W0106": Code("a bias under a batch norm has no effect", EXIT_CLEAN),
    "W0107": Code("a head has no loss weight", EXIT_CLEAN),
    "W0108": Code("one layer has a large share of the cost", EXIT_CLEAN),
    "W0109": Code("a file of weights holds more than the network", EXIT_CLEAN),
    "W0110": Code("logits pass a norm or an activation", EXIT_CLEAN),
    "W0111": Code("an attribute has no effect", EXIT_CLEAN),
    "W0112": Code("a head reads what comes before an insertion", EXIT_CLEAN),
    "W0113": Code("another operator loses the norm of the defaults", EXIT_CLEAN),
    "W0114": Code("the preprocessing yields another range", EXIT_CLEAN),
    # W02: weights
    "W0201": Code("weights are not finite", EXIT_CLEAN),
}
#: The codes that `allow` can name: warnings about a spec, which those about weights are not.
WARNINGS = tuple(code for code in CODES if code.startswith("W01") and code != "W0109")
