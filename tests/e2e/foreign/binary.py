"""Prefetch files by libscca and the event log by the evtx crate, where their wheels are installed."""

import collections
import io
import json
import tempfile

from . import tables


def check_prefetch(package):
    try:
        import pyscca
    except ImportError:
        return "libscca-python is not installed: no prefetch file was read"
    end = tables.summary(package)[-1][0].strip("[]Z").replace("T", " ")
    names = [name for name in package.namelist() if name.endswith(".pf")]
    assert len(names) > 20
    for name in names:
        file = pyscca.file()
        file.open_file_object(io.BytesIO(package.read(name)))
        expected = f"{file.executable_filename}-{file.prefetch_hash:08X}.pf"
        assert (file.format_version, name.rsplit("/")[-1]) == (31, expected)
        runs = [str(file.get_last_run_time(index)) for index in range(8)]
        runs = [run for run in runs if not run.startswith("1601")]
        assert runs == sorted(runs, reverse=True), (name, runs)
        assert runs[0] <= end, (name, runs)
        assert len(runs) == min(8, file.run_count)
        assert file.number_of_filenames == file.number_of_file_metrics_entries
        assert any(path.endswith("\\NTDLL.DLL") for path in map(file.get_filename, range(file.number_of_filenames)))
        volume = file.get_volume_information(0)
        assert volume.device_path.endswith(f"-{volume.serial_number:08x}}}")
    return None


def check_events(package):
    try:
        from evtx import PyEvtxParser
    except ImportError:
        return "evtx is not installed: no event log was read"
    kinds, last, previous = collections.Counter(), None, ""
    with tempfile.NamedTemporaryFile() as file:
        file.write(package.read("Security Event Log/Security.evtx"))
        file.flush()
        for record in PyEvtxParser(file.name).records_json():
            system = json.loads(record["data"])["Event"]["System"]
            assert system["EventRecordID"] == record["event_record_id"]
            assert last is None or record["event_record_id"] == last + 1
            created = system["TimeCreated"]["#attributes"]["SystemTime"]
            assert previous <= created, "events are in the order of time"
            last, previous = record["event_record_id"], created
            kinds[system["EventID"]] += 1
    assert set(kinds) == {4624, 4625, 4634, 4648, 4663, 4672, 4688, 4697, 4698, 4732}, kinds
    started = {row[1]: row[0] for row in tables.summary(package)}
    assert previous[:19] <= max(started.values()).strip("[]Z")
    return None
