"""Make the PDF that a person brings a PDF/A-3b, without touching what is seen on its pages.

What can be put right out of sight is put right: output intent, metadata, print flags, scripts'
empty shells. What cannot be (a font that is not in the file, colours for a press, a signature,
an action that runs something) is refused, with the reason and what to do. The checks follow
ISO 19005-3 clause 6; they cannot see inside a font program, so that a file with damaged fonts may
still fail a full PDF/A check.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Operator, Pdf, Stream

from facturier.errors import MalformedDocument, UnreadableDocument, UnsafeDocument

_EXPORT_REMEDY = (
    "Enregistrez le document au format « PDF/A » depuis votre logiciel, "
    "ou laissez Facturier dessiner la facture."
)

_ACTIONS = frozenset(
    {
        *("/JavaScript", "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide"),
        *("/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView"),
    }
)  # ISO 19005-3, 6.5.1
_PAGE_TURNS = frozenset({"/NextPage", "/PrevPage", "/FirstPage", "/LastPage"})
_MULTIMEDIA = frozenset({"/3D", "/Sound", "/Screen", "/Movie", "/RichMedia"})
_PAINTING = "b B b* B* f F f* n s S sh W W* c h l m re v y Do EI"
_GRAPHICS = "BI ID cm d gs i j J M q Q ri w cs CS g G k K rg RG sc SC scn SCN"
_TEXT = "BT ET T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz ' \" d0 d1"
_MARKS = "BDC BMC BX DP EMC EX MP"
_OPERATORS = frozenset(f"{_PAINTING} {_GRAPHICS} {_TEXT} {_MARKS}".split())
_SHOWING = frozenset({"Tj", "TJ", "'", '"'})
_RGB_OPERATORS = frozenset({"rg", "RG"})
_CMYK_OPERATORS = frozenset({"k", "K"})
_INVISIBLE = 3
_HIDDEN, _PRINT = 0b100011, 0b100  # Invisible, Hidden, NoView; Print (ISO 32000-1 table 165)
_TOGGLE_NO_VIEW = 0b100000000
_CMYK_COMPONENTS = 4


@dataclass(slots=True)
class _Use:
    """What the pages use."""

    rgb: bool = False
    cmyk: bool = False
    fonts: dict[tuple[int, int], Object] = field(default_factory=dict)
    """Fonts that show text, by object number; direct font dictionaries have keys below 0."""


def open_for_archive(data: bytes, *, intent: bytes) -> Pdf:
    """Open `data` and make it PDF/A-3b, all but its XMP metadata, which says what it becomes.

    `intent` is the sRGB profile for the colours, used when the file brings none of its own.

    Raises:
        MalformedDocument: not a PDF that can be read.
        UnsafeDocument: a script or an action that runs something.
        UnreadableDocument: it cannot become PDF/A; the reason says why.

    """
    document = _open(data)
    try:
        dictionaries = list(_dictionaries(document.Root))
        _refuse_locked(document)
        for dictionary in dictionaries:
            _refuse_forbidden(dictionary)
        use = _use(document, dictionaries)
        for font in use.fonts.values():
            _check_font(font)
        _set_intent(document, use, intent)
        _clean_catalog(document)
        for page in document.pages:
            _clean_page(page.obj)
        for dictionary in dictionaries:
            _clean(dictionary, is_catalog=dictionary.objgen == document.Root.objgen)
        _associate_files(document, dictionaries)
    except (pikepdf.PdfError, AttributeError, KeyError, TypeError, ValueError) as error:
        document.close()
        raise _broken() from error
    except UnreadableDocument:
        document.close()
        raise
    return document


def _open(data: bytes) -> Pdf:
    try:
        document = pikepdf.open(io.BytesIO(data), suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise _refusal("Ce PDF est protégé par un mot de passe.", "pdf-encrypted") from error
    except (pikepdf.PdfError, ValueError) as error:
        raise _broken() from error
    if document.is_encrypted:
        document.close()
        raise _refusal("Ce PDF est protégé (chiffré).", "pdf-encrypted")
    return document


def _broken() -> MalformedDocument:
    return MalformedDocument(
        "Ce PDF est abîmé et ne peut pas être repris.", reason="pdf-broken", remedy=_EXPORT_REMEDY
    )


def _refusal(message: str, reason: str, remedy: str = _EXPORT_REMEDY) -> UnreadableDocument:
    return UnreadableDocument(message, reason=reason, remedy=remedy)


_NAMESPACES = frozenset(
    {
        *("/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/Properties"),
        *("/CharProcs", "/Dests", "/RoleMap", "/ClassMap"),
    }
)


def _dictionaries(root: Object) -> Iterator[Object]:
    """Yield each dictionary and stream that can be reached from `root`, once.

    Dictionaries whose keys are names that the producer chose (a font may be called ``/TR``) are
    walked through and not yielded: their keys mean nothing to us.
    """
    seen: set[tuple[int, int]] = set()
    waiting = [(root, True)]
    while waiting:
        item, is_known = waiting.pop()
        if not isinstance(item, Dictionary | Stream | Array):
            continue
        if item.is_indirect:
            if item.objgen in seen:
                continue
            seen.add(item.objgen)
        if isinstance(item, Array):
            waiting.extend((value, True) for value in item)
            continue
        if is_known:
            yield item
        # In a pattern, /Shading and /ExtGState hold the thing itself.
        chosen = frozenset() if "/PatternType" in item or not is_known else _NAMESPACES
        waiting.extend((value, key not in chosen) for key, value in item.items())


def _remove(dictionary: Object, *keys: str) -> None:
    for key in keys:
        if key in dictionary:
            del dictionary[key]


def _name(dictionary: Object, key: str) -> str:
    """Return a name held under `key`, else an empty string."""
    value = dictionary.get(key)
    return str(value) if isinstance(value, Name) else ""


# --- what is refused -----------------------------------------------------------------------------


def _refuse_locked(document: Pdf) -> None:
    """Refuse signatures (they would break) and forms that are drawn by a script."""
    form = document.Root.get("/AcroForm", Dictionary())
    if "/Perms" in document.Root or int(form.get("/SigFlags", 0)) & 1:
        raise _refusal(
            "Ce PDF est signé : y joindre la facture casserait la signature.",
            "pdf-signed",
            "Joignez la facture avant de signer, puis signez le Factur-X obtenu.",
        )
    if "/XFA" in form:
        raise _refusal("Ce PDF est un formulaire dynamique (XFA).", "pdf-form")


def _refuse_forbidden(dictionary: Object) -> None:
    action = _name(dictionary, "/S")
    is_tag = "/P" in dictionary and ("/K" in dictionary or "/Pg" in dictionary)
    if "/JS" in dictionary or (action in _ACTIONS and not is_tag):
        raise UnsafeDocument(
            f"Ce PDF contient une action interdite ({(action or '/JavaScript')[1:]}).",
            reason="pdf-action",
            remedy="Enregistrez le document sans script ni action, de préférence en PDF/A.",
        )
    subtype = _name(dictionary, "/Subtype")
    if subtype in _MULTIMEDIA and "/Rect" in dictionary:
        raise _refusal("Ce PDF contient un son, une vidéo ou un objet 3D.", "pdf-multimedia")
    if subtype == "/PS" or "/PS" in dictionary or "/Ref" in dictionary:
        raise _refusal("Ce PDF contient du code PostScript ou un renvoi.", "pdf-foreign-content")
    if isinstance(dictionary, Stream) and "/F" in dictionary:
        raise _refusal("Ce PDF va chercher son contenu dans un autre fichier.", "pdf-external")
    if isinstance(dictionary.get("/TR"), Dictionary | Stream | Array) and not _is_mask(dictionary):
        raise _refusal("Ce PDF modifie les couleurs à l’impression.", "pdf-colour")


def _is_mask(dictionary: Object) -> bool:
    """Tell a soft mask, whose transfer function PDF/A allows, from a graphics state."""
    return _name(dictionary, "/S") in {"/Alpha", "/Luminosity"}


def _check_font(font: Object) -> None:
    """Refuse a font whose shapes are not in the file; give a CID font the map it must state."""
    kind = _name(font, "/Subtype")
    if kind == "/Type3":
        return
    if kind == "/Type0":
        font = font["/DescendantFonts"][0]
    descriptor = font.get("/FontDescriptor", Dictionary())
    if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
        name = _name(font, "/BaseFont")[1:] or "sans nom"
        raise _refusal(
            f"La police « {name} » n’est pas incorporée dans ce PDF.",
            "pdf-font-not-embedded",
            "Enregistrez le document en incorporant les polices (option « PDF/A » ou "
            "« incorporer les polices »), ou laissez Facturier dessiner la facture.",
        )
    if _name(font, "/Subtype") == "/CIDFontType2" and "/CIDToGIDMap" not in font:
        font["/CIDToGIDMap"] = Name.Identity


# --- what the pages use --------------------------------------------------------------------------


def _use(document: Pdf, dictionaries: list[Object]) -> _Use:
    """Read every content stream for the colours and fonts that it uses."""
    use = _Use()
    for page in document.pages:
        _read_content(page.obj, page.obj.get("/Resources", page.get("/Resources")), use)
    for dictionary in dictionaries:
        _note_colours(dictionary, use)
        if isinstance(dictionary, Stream) and (
            _name(dictionary, "/Subtype") == "/Form" or "/PatternType" in dictionary
        ):
            _read_content(dictionary, dictionary.get("/Resources"), use)
        elif _name(dictionary, "/Subtype") == "/Type3":
            for drawing in dictionary.get("/CharProcs", Dictionary()).values():
                _read_content(drawing, dictionary.get("/Resources"), use)
    return use


def _read_content(holder: Object, resources: Object | None, use: _Use) -> None:
    """Note colours and fonts of one content stream; refuse operators that nobody knows."""
    held = resources if resources is not None else Dictionary()
    has_own_cmyk = "/DefaultCMYK" in held.get("/ColorSpace", Dictionary())
    fonts = held.get("/Font", Dictionary())
    states: list[tuple[Object | None, int]] = []
    font: Object | None = None
    mode = 0
    for instruction in pikepdf.parse_content_stream(holder):
        operands, operator = list(instruction.operands), instruction.operator
        sign = str(operator)
        if sign == "q":
            states.append((font, mode))
        elif sign == "Q" and states:
            font, mode = states.pop()
        elif sign == "Tf":
            font = fonts.get(str(operands[0]))
        elif sign == "gs":
            state = held.get("/ExtGState", Dictionary()).get(str(operands[0]), Dictionary())
            font = state["/Font"][0] if "/Font" in state else font
        elif sign == "Tr":
            mode = int(operands[0])
        elif sign in _SHOWING and font is not None and mode != _INVISIBLE:
            key = font.objgen if font.is_indirect else (-len(use.fonts) - 1, 0)
            use.fonts.setdefault(key, font)
        _note_operator(sign, operator, operands, use, has_own_cmyk=has_own_cmyk)


def _note_operator(
    sign: str, operator: Operator, operands: list[Object], use: _Use, *, has_own_cmyk: bool
) -> None:
    if sign not in _OPERATORS and not sign.startswith("INLINE"):
        raise _refusal(f"Ce PDF contient une instruction inconnue ({operator}).", "pdf-content")
    if sign in {"cs", "CS"} or sign.startswith("INLINE"):
        text = " ".join(_inline_colour(operands) if sign[0] == "I" else map(str, operands))
        use.rgb |= "/DeviceRGB" in text or "/RGB" in text
        use.cmyk |= ("/DeviceCMYK" in text or "/CMYK" in text) and not has_own_cmyk
    use.rgb |= sign in _RGB_OPERATORS
    use.cmyk |= sign in _CMYK_OPERATORS and not has_own_cmyk


def _inline_colour(operands: list[Object]) -> list[str]:
    return [str(item.obj.get("/ColorSpace", "")) for item in operands if hasattr(item, "obj")]


def _note_colours(dictionary: Object, use: _Use) -> None:
    """Note device colours that a dictionary names: images, shadings, colour space arrays."""
    for value in dictionary.values():
        names = itertools.chain([value], value) if isinstance(value, Array) else [value]
        for item in names:
            if isinstance(item, Array):
                names = itertools.chain(names, item)
            if isinstance(item, Name):
                use.rgb |= item == "/DeviceRGB"
                use.cmyk |= item == "/DeviceCMYK"


def _set_intent(document: Pdf, use: _Use, profile: bytes) -> None:
    """Keep the file's own output intent when it fits the colours used, else state sRGB."""
    own = next(
        (
            intent
            for intent in document.Root.get("/OutputIntents", Array())
            if intent.get("/S") == "/GTS_PDFA1" and "/DestOutputProfile" in intent
        ),
        None,
    )
    components = int(own["/DestOutputProfile"].get("/N", 0)) if own is not None else 0
    if own is not None and (
        (components == _CMYK_COMPONENTS and use.cmyk and not use.rgb)
        or (components == _CMYK_COMPONENTS - 1 and not use.cmyk)
    ):
        document.Root["/OutputIntents"] = Array([own])
        return
    if use.cmyk:
        raise _refusal(
            "Ce PDF utilise des couleurs d’imprimerie (CMJN) sans profil qui les décrive.",
            "pdf-colour",
            "Enregistrez le document en couleurs RVB, ou en PDF/A avec un profil de couleurs.",
        )
    stream = document.make_stream(profile, {"/N": 3})
    document.Root["/OutputIntents"] = Array(
        [
            document.make_indirect(
                Dictionary(
                    Type=Name.OutputIntent,
                    S=Name.GTS_PDFA1,
                    OutputConditionIdentifier="sRGB",
                    Info="sRGB",
                    DestOutputProfile=stream,
                )
            )
        ]
    )


# --- what is put right ---------------------------------------------------------------------------


def _clean_catalog(document: Pdf) -> None:
    root = document.Root
    _remove(root, "/Requirements", "/NeedsRendering", "/Collection")
    opening = root.get("/OpenAction")
    if isinstance(opening, Dictionary) and opening.get("/S") != "/GoTo":
        del root["/OpenAction"]
    _remove(root.get("/AcroForm", Dictionary()), "/NeedAppearances")
    _remove(root.get("/Names", Dictionary()), "/AlternatePresentations", "/Renditions")
    layers = root.get("/OCProperties", Dictionary())
    configurations = [layers["/D"]] if "/D" in layers else []
    for number, configuration in enumerate([*configurations, *layers.get("/Configs", [])]):
        _remove(configuration, "/AS")
        if "/Name" not in configuration:
            configuration["/Name"] = pikepdf.String(f"Calques {number + 1}")


def _clean_page(page: Object) -> None:
    """Put the annotations right: nothing hidden, everything drawn and printed."""
    _remove(page, "/PresSteps")
    if "/Annots" not in page:
        return
    page["/Annots"] = Array(
        [note for note in page["/Annots"] if not int(note.get("/F", 0)) & _HIDDEN]
    )
    for note in page["/Annots"]:
        kind = _name(note, "/Subtype")
        if kind == "/Popup":
            continue
        note["/F"] = (int(note.get("/F", 0)) | _PRINT) & ~_TOGGLE_NO_VIEW
        action = note.get("/A", Dictionary())
        if action.get("/S") == "/Named" and _name(action, "/N") not in _PAGE_TURNS:
            del note["/A"]
        if "/AP" in note:
            note["/AP"] = Dictionary({k: v for k, v in note["/AP"].items() if k == "/N"})
        elif kind != "/Link" and _has_area(note):
            raise _refusal(
                "Ce PDF contient un champ ou une annotation sans dessin.", "pdf-annotation"
            )


def _has_area(note: Object) -> bool:
    left, bottom, right, top = (float(edge) for edge in note.get("/Rect", (0, 0, 0, 0)))
    return left != right and bottom != top


def _clean(dictionary: Object, *, is_catalog: bool) -> None:
    """Remove entries that PDF/A forbids and that change nothing on the page."""
    _remove(dictionary, "/AA", "/HTP", "/OPI", "/Alternates", "/CIDSet", "/CharSet", "/PieceInfo")
    if not _is_mask(dictionary):
        _remove(dictionary, "/TR")
    if "/TR2" in dictionary and dictionary["/TR2"] != "/Default":
        del dictionary["/TR2"]
    if bool(dictionary.get("/Interpolate", False)):
        dictionary["/Interpolate"] = False
    if "/Metadata" in dictionary and not is_catalog:
        del dictionary["/Metadata"]


def _associate_files(document: Pdf, dictionaries: list[Object]) -> None:
    """Say of each file that the PDF carries what it is to the document."""
    associated = document.Root.get("/AF", Array())
    known = {spec.objgen for spec in associated if spec.is_indirect}
    for spec in dictionaries:
        if "/EF" not in spec:
            continue
        name = str(spec.get("/UF", spec.get("/F", "piece-jointe")))
        spec["/F"] = spec["/UF"] = pikepdf.String(name)
        if "/AFRelationship" not in spec:
            spec["/AFRelationship"] = Name.Unspecified
        for content in spec["/EF"].values():
            if "/" not in _name(content, "/Subtype")[1:]:
                content["/Subtype"] = Name("/application/octet-stream")
        if spec.is_indirect and spec.objgen not in known:
            associated.append(spec)
    if len(associated):
        document.Root["/AF"] = associated
