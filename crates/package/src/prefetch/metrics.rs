use super::{
    Defect,
    layout::{Header, Layout},
    region::{OutOfRange, Region},
};

/// A file that was loaded while the program started.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoadedFile {
    /// Its path, starting with the device path of a volume; empty if it cannot be read.
    pub path: String,
    /// The number of its MFT entry on NTFS; `None` in version 17, and if the file has none.
    pub mft_entry: Option<u64>,
    /// The sequence number of its MFT entry on NTFS.
    pub mft_sequence: Option<u16>,
    /// When its first page was loaded, in milliseconds from the start of the trace.
    pub trace_start: u32,
    /// How long its pages were loaded, in milliseconds.
    pub trace_duration: u32,
    /// The flags that Windows stored for the file, uninterpreted.
    pub flags: u32,
}

/// Reads the files' metrics and their names.
pub(super) fn read(
    region: Region<'_>,
    layout: Layout,
    header: &Header,
    text: &mut usize,
    defects: &mut Vec<Defect>,
) -> Vec<LoadedFile> {
    let names = region.part(header.names_at, header.names_size);
    let mut files = Vec::new();
    let mut unnamed = 0;
    for file in 0..header.files {
        let at = layout.file_size().checked_mul(file as usize);
        let Some(at) = at.and_then(|at| at.checked_add(header.files_at)) else { break };
        let entry = region.part(at, layout.file_size());
        let Ok(mut loaded) = metrics(entry, layout) else { break };
        match name(entry, layout, names, text, defects) {
            Ok(path) => loaded.path = path.unwrap_or_default(),
            Err(_) => unnamed += 1,
        }
        files.push(loaded);
    }
    if unnamed > 0 {
        defects.push(Defect::FileNames { files: unnamed });
    }
    let read = u32::try_from(files.len()).unwrap_or(u32::MAX);
    if read < header.files {
        defects.push(Defect::Files { declared: header.files, read });
    }
    files
}

fn metrics(entry: Region<'_>, layout: Layout) -> Result<LoadedFile, OutOfRange> {
    let (flags, reference) = match layout {
        Layout::V17 => (entry.u32(16)?, 0),
        _ => (entry.u32(20)?, entry.u64(24)?),
    };
    let sequence = u16::try_from(reference >> 48).ok();
    Ok(LoadedFile {
        path: String::new(),
        mft_entry: (reference != 0).then_some(reference & ((1 << 48) - 1)),
        mft_sequence: sequence.filter(|_| reference != 0),
        trace_start: entry.u32(0)?,
        trace_duration: entry.u32(4)?,
        flags,
    })
}

fn name(
    entry: Region<'_>,
    layout: Layout,
    names: Region<'_>,
    text: &mut usize,
    defects: &mut Vec<Defect>,
) -> Result<Option<String>, OutOfRange> {
    let at = if layout == Layout::V17 { 8 } else { 12 };
    names.text(entry.size(at)?, entry.size(at + 4)?, text, defects)
}
