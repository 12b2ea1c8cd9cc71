use super::{
    Defect,
    layout::{Header, Layout},
    region::{OutOfRange, Region},
};
use crate::FileTime;

/// A volume that files were loaded from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Volume {
    /// Its device path, such as `\VOLUME{01d9..-1234abcd}`; empty if it cannot be read.
    pub device_path: String,
    /// When it was formatted, in UTC.
    pub created: FileTime,
    /// Its serial number, which `vol` shows in hexadecimal.
    pub serial: u32,
    /// How many MFT entries on it were used.
    pub file_references: u32,
    /// The folders that files were loaded from.
    pub directories: Vec<String>,
}

/// Reads the volumes and their folders.
pub(super) fn read(
    region: Region<'_>,
    layout: Layout,
    header: &Header,
    text: &mut usize,
    defects: &mut Vec<Defect>,
) -> Vec<Volume> {
    let all = region.part(header.volumes_at, header.volumes_size);
    let mut volumes = Vec::new();
    let (mut unnamed, mut cut) = (0, 0);
    for volume in 0..header.volumes {
        let Some(at) = layout.volume_size().checked_mul(volume as usize) else { break };
        let entry = all.part(at, layout.volume_size());
        if entry.len() < layout.volume_size() {
            break;
        }
        let Ok(mut read) = fields(all, entry) else { break };
        match path(all, entry, text, defects) {
            Ok(path) => read.device_path = path.unwrap_or_default(),
            Err(_) => unnamed += 1,
        }
        if directories(all, entry, &mut read.directories, text, defects).is_err() {
            cut += 1;
        }
        volumes.push(read);
    }
    if unnamed > 0 {
        defects.push(Defect::VolumePaths { volumes: unnamed });
    }
    if cut > 0 {
        defects.push(Defect::Directories { volumes: cut });
    }
    let read = u32::try_from(volumes.len()).unwrap_or(u32::MAX);
    if read < header.volumes {
        defects.push(Defect::Volumes { declared: header.volumes, read });
    }
    volumes
}

fn fields(all: Region<'_>, entry: Region<'_>) -> Result<Volume, OutOfRange> {
    let references = all.part(entry.size(20)?, entry.size(24)?);
    Ok(Volume {
        device_path: String::new(),
        created: FileTime::new(entry.u64(8)?),
        serial: entry.u32(16)?,
        file_references: references.u32(4).unwrap_or_default(),
        directories: Vec::new(),
    })
}

fn path(
    all: Region<'_>,
    entry: Region<'_>,
    text: &mut usize,
    defects: &mut Vec<Defect>,
) -> Result<Option<String>, OutOfRange> {
    all.text(entry.size(0)?, entry.size(4)?, text, defects)
}

/// Reads names that follow one another, each with its length before it and a NUL behind it.
fn directories(
    all: Region<'_>,
    entry: Region<'_>,
    names: &mut Vec<String>,
    text: &mut usize,
    defects: &mut Vec<Defect>,
) -> Result<(), OutOfRange> {
    let mut at = entry.size(28)?;
    for _ in 0..entry.u32(32)? {
        let units = usize::from(all.u16(at)?);
        let Some(name) = all.text(at + 2, units, text, defects)? else { break };
        names.push(name);
        // What was read lies inside, so this is far from overflow.
        at += 2 + units * 2 + 2;
    }
    Ok(())
}
