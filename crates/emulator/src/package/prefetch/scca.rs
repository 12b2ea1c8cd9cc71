//! The content of a prefetch file, version 31.
//!
//! After libscca's "Windows Prefetch File (PF) format" for version 30, and version 31 as it was seen:
//! its file information has 212 bytes, run count at 200 of the file's start, and the executable's
//! device path behind the file names.

use std::collections::BTreeSet;

use super::programs::Program;
use crate::package::bytes::{Put as _, filetime, len32};
use crate::package::text::utf16;

/// The uncompressed file.
pub(super) fn file(program: &Program) -> Vec<u8> {
    let root = volume_path(program);
    let names: Vec<String> = program.loaded.iter().map(|path| format!("{root}{path}")).collect();
    let (metrics, strings) = metrics(&names);
    let traces = traces(names.len());
    let device = terminated(&program.device_path);
    let volumes = volumes(program, &root);

    let metrics_at = INFORMATION_END;
    let traces_at = metrics_at + metrics.len();
    let strings_at = traces_at + traces.len();
    let device_at = strings_at + strings.len();
    let volumes_at = (device_at + device.len()).next_multiple_of(8);

    let mut out = Vec::new();
    out.u32(31);
    out.extend(b"SCCA");
    out.u32(0x11);
    out.u32(len32(volumes_at + volumes.len()));
    let mut executable = utf16(&program.executable());
    executable.resize(60, 0);
    out.extend(executable);
    out.u32(program.hash());
    out.u32(0);

    out.u32(len32(metrics_at));
    out.u32(len32(names.len()));
    out.u32(len32(traces_at));
    out.u32(len32(names.len() * BLOCKS));
    out.u32(len32(strings_at));
    out.u32(len32(strings.len()));
    out.u32(len32(volumes_at));
    out.u32(1);
    out.u32(len32(volumes.len()));
    out.u32(4);
    out.u32(1);
    for index in 0..8 {
        out.u64(program.runs.get(index).map_or(0, |run| filetime(*run)));
    }
    out.u64(0);
    out.u32(program.run_count);
    out.u32(2);
    out.u32(0);
    out.u32(len32(device_at));
    out.u32(len32(device.len()));
    out.resize(metrics_at, 0);

    out.extend(metrics);
    out.extend(traces);
    out.extend(strings);
    out.extend(device);
    out.resize(volumes_at, 0);
    out.extend(volumes);
    out
}

fn volume_path(program: &Program) -> String {
    format!(r"\VOLUME{{{:016x}-{:08x}}}", program.volume.created, program.volume.serial)
}

/// An entry for each loaded file, and the names that the entries point into.
fn metrics(names: &[String]) -> (Vec<u8>, Vec<u8>) {
    let (mut entries, mut strings) = (Vec::new(), Vec::new());
    for (index, name) in names.iter().enumerate() {
        entries.u32(len32(index * BLOCKS));
        entries.u32(len32(BLOCKS));
        entries.u32(len32(BLOCKS));
        entries.u32(len32(strings.len()));
        entries.u32(len32(name.encode_utf16().count()));
        entries.u32(if index == 1 { 0x200 } else { 2 });
        entries.u64(reference(index));
        strings.extend(terminated(name));
    }
    (entries, strings)
}

fn traces(files: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for index in 0..files * BLOCKS {
        out.u32(len32(index * 8));
        out.extend([2, 0, 0, 0]);
    }
    out
}

fn volumes(program: &Program, root: &str) -> Vec<u8> {
    let path = terminated(root);
    let folders: BTreeSet<&str> =
        program.loaded.iter().filter_map(|path| Some(path.rsplit_once('\\')?.0)).collect();
    let mut directories = Vec::new();
    for folder in &folders {
        let folder = format!("{root}{folder}");
        directories.extend(u16::try_from(folder.encode_utf16().count()).unwrap_or(0).to_le_bytes());
        directories.extend(terminated(&folder));
    }
    let mut references = Vec::new();
    references.u32(3);
    references.u32(len32(program.loaded.len()));
    references.u64(0);
    (1..program.loaded.len()).for_each(|index| references.u64(reference(index)));
    let references_at = (96 + path.len()).next_multiple_of(8);
    let directories_at = references_at + references.len();

    let mut out = Vec::new();
    out.u32(96);
    out.u32(len32(path.len() / 2 - 1));
    out.u64(program.volume.created);
    out.u32(program.volume.serial);
    out.u32(len32(references_at));
    out.u32(len32(references.len()));
    out.u32(len32(directories_at));
    out.u32(len32(folders.len()));
    out.u32(len32(program.loaded.len()));
    out.resize(64, 0);
    out.u32(len32(folders.len()));
    out.resize(96, 0);
    out.extend(path);
    out.resize(references_at, 0);
    out.extend(references);
    out.extend(directories);
    out
}

/// An NTFS file reference: an entry of the master file table and its sequence number.
fn reference(index: usize) -> u64 {
    (0x0001 << 48) | (0xa_0000 + index as u64 * 7)
}

fn terminated(text: &str) -> Vec<u8> {
    let mut bytes = utf16(text);
    bytes.extend([0, 0]);
    bytes
}

const INFORMATION_END: usize = 296;
/// Trace entries of each file.
const BLOCKS: usize = 4;
