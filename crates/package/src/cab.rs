//! Cabinets (MS-CAB): what they hold, inflated once from front to back, within budgets.
//!
//! Written here because the one library for it reads past the end of hostile cabinets and panics, and
//! inflates a folder again for each of its files.

mod folder;

use crate::{Sha256, Verdict};

pub(crate) use folder::{Inflated, inflate};

/// A cabinet's directory.
#[derive(Debug)]
pub(crate) struct Cabinet {
    pub(crate) folders: Vec<Folder>,
    pub(crate) files: Vec<File>,
    /// How many more files it has than may be listed.
    pub(crate) unlisted: u32,
    /// Bytes of reserved space in each block of data.
    reserved: usize,
}

/// A run of blocks, compressed as one.
#[derive(Debug)]
pub(crate) struct Folder {
    offset: usize,
    blocks: u16,
    method: u16,
}

/// A file: a part of its folder's inflated bytes.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) folder: usize,
    pub(crate) offset: u64,
    pub(crate) size: u64,
    /// Set once its bytes were seen whole.
    pub(crate) sha256: Option<Sha256>,
    /// Its bytes, as far as there are any, where they are wanted.
    pub(crate) bytes: Option<Vec<u8>>,
    /// What inflating it gave; until then, that a budget kept it from being inflated.
    pub(crate) verdict: Verdict,
}

impl File {
    /// What is wrong with its bytes, if they are not whole and as they were.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        Some(match self.verdict {
            Verdict::Good => return None,
            Verdict::BadData => "a block of its cabinet is damaged",
            Verdict::CrcMismatch => "a block of its cabinet does not have the declared checksum",
            Verdict::OverBudget => "the budget for what is inflated ran out before its end",
            _ => "the data of its cabinet end before it does",
        })
    }
}

impl Cabinet {
    /// Reads the directory; MS-CAB 2.1 to 2.3.
    ///
    /// Fails with what is wrong, to follow the archive's name.
    pub(crate) fn parse(bytes: &[u8], max_files: u32) -> Result<Self, &'static str> {
        const PREVIOUS: u16 = 1;
        const NEXT: u16 = 2;
        const RESERVED: u16 = 4;
        const UTF8: u16 = 0x80;
        let mut at = Cursor { bytes, at: 0 };
        if at.take(4) != Some(b"MSCF") {
            return Err("it is no cabinet");
        }
        let header = "its header is cut";
        at.take(12).ok_or(header)?;
        let first_file = at.u32().ok_or(header)?;
        at.take(6).ok_or(header)?;
        let folder_count = at.u16().ok_or(header)?;
        let file_count = at.u16().ok_or(header)?;
        let flags = at.u16().ok_or(header)?;
        at.take(4).ok_or(header)?;
        let (mut in_folder, mut in_data) = (0, 0);
        if flags & RESERVED != 0 {
            let in_header = at.u16().ok_or(header)?;
            in_folder = usize::from(at.u8().ok_or(header)?);
            in_data = usize::from(at.u8().ok_or(header)?);
            at.take(usize::from(in_header)).ok_or(header)?;
        }
        for _ in 0..2 * u32::from(flags & PREVIOUS != 0) + 2 * u32::from(flags & NEXT != 0) {
            at.text().ok_or(header)?;
        }
        let mut folders = Vec::new();
        for _ in 0..folder_count {
            let offset = at.u32().ok_or("its folders are cut")?;
            let blocks = at.u16().ok_or("its folders are cut")?;
            let method = at.u16().ok_or("its folders are cut")?;
            at.take(in_folder).ok_or("its folders are cut")?;
            folders.push(Folder { offset: index(offset), blocks, method });
        }
        at.at = index(first_file);
        let mut files = Vec::new();
        for _ in 0..u32::from(file_count).min(max_files) {
            let size = at.u32().ok_or("its files are cut")?;
            let offset = at.u32().ok_or("its files are cut")?;
            let folder = at.u16().ok_or("its files are cut")?;
            at.take(4).ok_or("its files are cut")?;
            let attributes = at.u16().ok_or("its files are cut")?;
            let raw = at.text().ok_or("its files are cut")?;
            let name = match std::str::from_utf8(raw) {
                Ok(name) if attributes & UTF8 != 0 || raw.is_ascii() => name.to_owned(),
                _ => crate::name::decode(raw, 0).text,
            };
            files.push(File {
                name,
                folder: usize::from(folder),
                offset: offset.into(),
                size: size.into(),
                sha256: None,
                bytes: None,
                verdict: Verdict::OverBudget,
            });
        }
        let unlisted = u32::from(file_count).saturating_sub(max_files);
        Ok(Self { folders, files, unlisted, reserved: in_data })
    }
}

/// Takes little-endian fields from a place on.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(count)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    /// Up to and without the next zero byte, of 255 bytes at most.
    fn text(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..)?;
        let length = rest.iter().take(256).position(|byte| *byte == 0)?;
        self.at += length + 1;
        rest.get(..length)
    }
}

fn index(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
