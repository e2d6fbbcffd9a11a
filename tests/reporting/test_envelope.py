"""The archive of a flow: its name, its bytes, its limits."""

import gzip
import io
import tarfile

import pytest

from facturier.errors import UnsafeDocument
from facturier.reporting import envelope
from facturier.reporting.envelope import Interface, archive_name, pack, unpack


def test_the_name_says_interface_application_and_number():
    name = archive_name(Interface.F10, "AAA123", "102500000000000001")
    assert name == "FFE1025A_AAA123_AAA1230102500000000000001.tar.gz"
    interface, application, flow = name.removesuffix(".tar.gz").split("_")
    assert (len(interface), len(application), len(flow)) == (8, 6, 25)
    assert Interface.F10.answer == "CFE1025A"
    assert Interface.F1_UBL.answer == "CFE0111A"


@pytest.mark.parametrize(
    ("application", "number"),
    [("AAA12", "1"), ("aaa123", "1"), ("AAA123", ""), ("AAA123", "a"), ("AAA123", "1" * 20)],
)
def test_another_name_is_refused(application, number):
    with pytest.raises(ValueError, match="n'est pas"):
        archive_name(Interface.F10, application, number)


FILES = {"un.xml": b"<Report/>", "deux.xml": b"<Report>\xc3\xa9</Report>"}


def test_what_is_packed_is_unpacked_and_equal_files_give_equal_bytes():
    packed = pack(FILES)
    assert unpack(packed) == FILES
    assert pack(FILES) == packed
    assert gzip.decompress(packed)[257:262] == b"ustar"


def archive(*entries):
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as tar:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.type = kind
            entry.size = len(content)
            entry.linkname = "/etc/passwd"
            tar.addfile(entry, io.BytesIO(content))
    return held.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not-an-archive"),
        (b"<Report/>", "not-an-archive"),
        (pack(FILES)[:-30], "not-an-archive"),
        (archive(("../a.xml", tarfile.REGTYPE, b"x")), "odd-entry"),
        (archive(("a", tarfile.SYMTYPE, b"")), "odd-entry"),
        (archive(("a", tarfile.DIRTYPE, b"")), "odd-entry"),
        (archive(("a", tarfile.REGTYPE, b"x"), ("a", tarfile.REGTYPE, b"y")), "odd-entry"),
    ],
    # An archive holds the time it was made at: no name for a test.
    ids=["nothing", "no-archive", "cut", "outside", "link", "folder", "twice"],
)
def test_what_is_no_flow_is_refused(data, reason):
    with pytest.raises(UnsafeDocument) as refused:
        unpack(data)
    assert refused.value.reason == reason
    assert refused.value.remedy


def test_limits_are_those_of_the_portal(monkeypatch):
    assert (envelope.MAX_FLOW, envelope.MAX_FILE) == (10**9, 10**8)
    monkeypatch.setattr(envelope, "MAX_FILE", 10)
    with pytest.raises(UnsafeDocument) as refused:
        pack(FILES)
    assert refused.value.reason == "file-too-big"
    monkeypatch.undo()
    packed = pack(FILES)
    monkeypatch.setattr(envelope, "MAX_FLOW", 20)
    for flow in (lambda: pack(FILES), lambda: unpack(packed)):
        with pytest.raises(UnsafeDocument) as refused:
            flow()
        assert refused.value.reason == "flow-too-big"
