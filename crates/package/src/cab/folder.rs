use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use flate2::{Decompress, FlushDecompress};
use lzxd::{Lzxd, WindowSize};
use sha2::Digest;

use super::{Cabinet, Cursor, File, Folder};
use crate::{Sha256, Verdict};

/// Inflates every folder once, hashes every file, and keeps the bytes of those that are wanted.
///
/// Checksums are checked, and that every inflated byte is a file's: in an honest cabinet it is. Stops where `limit`
/// inflated bytes are reached, or as many in files: in an honest cabinet no two files share bytes, and in another any
/// number of them may.
pub(crate) fn inflate(
    cabinet: &mut Cabinet,
    bytes: &[u8],
    mut limit: u64,
    is_wanted: impl Fn(&str) -> bool,
) -> Inflated {
    let mut faults = Vec::new();
    let mut of_folders = BTreeMap::<usize, Vec<&mut File>>::new();
    for file in &mut cabinet.files {
        of_folders.entry(file.folder).or_default().push(file);
    }
    let has_none = (0..cabinet.folders.len()).any(|index| !of_folders.contains_key(&index));
    if has_none && cabinet.unlisted == 0 {
        faults.push("a folder of it has no files, so that its data were not read");
    }
    let mut in_files = limit;
    for (index, mut files) in of_folders {
        let Some(folder) = cabinet.folders.get(index) else {
            faults.push("a file of it lies in no folder, or in another cabinet");
            for file in files {
                file.verdict = Verdict::Truncated;
            }
            continue;
        };
        files.sort_by_key(|file| file.offset);
        let mut later = files.into_iter().peekable();
        let mut open: Vec<Part<'_>> = Vec::new();
        let mut decoder = match Decoder::new(folder.method) {
            Ok(decoder) => decoder,
            Err(fault) => {
                faults.push(fault);
                let verdict = Verdict::Unsupported(folder.method & 0xf);
                later.for_each(|file| file.verdict = verdict);
                continue;
            }
        };
        let mut at = Cursor { bytes, at: folder.offset };
        let (mut done, mut of_files) = (0, 0);
        let (mut has_sums, mut is_whole, mut is_covered) = (true, true, true);
        let mut rest = Verdict::Truncated;
        for _ in 0..folder.blocks {
            let (block, has_sum) = match block(&mut at, cabinet.reserved, &mut decoder) {
                Ok(block) => block,
                Err((fault, verdict)) => {
                    faults.push(fault);
                    (rest, is_whole) = (verdict, false);
                    break;
                }
            };
            has_sums &= has_sum;
            let Some(left) = limit.checked_sub(block.len() as u64) else {
                let over_budget = Some("it inflates to more than the budget allows");
                return Inflated { faults, over_budget, left: 0 };
            };
            limit = left;
            let end = done + block.len() as u64;
            while let Some(file) = later.next_if(|file| file.offset < end) {
                if file.offset > of_files {
                    is_covered = false;
                }
                of_files = of_files.max(file.offset.saturating_add(file.size));
                open.push(Part::new(file, &is_wanted));
            }
            for part in &mut open {
                let Some(left) = in_files.checked_sub(part.add(done, block, has_sum)) else {
                    let over_budget =
                        Some("its files share bytes, and are more than the budget allows");
                    return Inflated { faults, over_budget, left: limit.min(in_files) };
                };
                in_files = left;
            }
            done = end;
            for part in open.extract_if(.., |part| part.end() <= done) {
                part.finish(done, rest);
            }
        }
        if !has_sums {
            faults.push("a block of it does not have the declared checksum");
        }
        if is_whole && cabinet.unlisted == 0 && (!is_covered || of_files < done) {
            faults.push("data of it belong to no file, and were not read");
        }
        open.extend(later.map(|file| Part::new(file, &is_wanted)));
        for part in open {
            part.finish(done, rest);
        }
    }
    Inflated { faults, over_budget: None, left: limit.min(in_files) }
}

/// What came of inflating a cabinet.
pub(crate) struct Inflated {
    /// What was wrong, for each folder that could not be read to its end.
    pub(crate) faults: Vec<&'static str>,
    /// Why it was not read further.
    pub(crate) over_budget: Option<&'static str>,
    /// How much of the limit is left.
    pub(crate) left: u64,
}

/// A file while its folder is inflated.
struct Part<'a> {
    file: &'a mut File,
    sum: sha2::Sha256,
    is_wanted: bool,
    /// Whether the blocks that it lies in have the checksums that they declare.
    has_sums: bool,
}

impl<'a> Part<'a> {
    fn new(file: &'a mut File, is_wanted: impl Fn(&str) -> bool) -> Self {
        let is_wanted = is_wanted(&file.name);
        Self { is_wanted, sum: sha2::Sha256::new(), file, has_sums: true }
    }

    fn end(&self) -> u64 {
        self.file.offset.saturating_add(self.file.size)
    }

    /// Takes what of a block is the file's, and returns how many bytes these are.
    fn add(&mut self, at: u64, block: &[u8], has_sum: bool) -> u64 {
        let end = self.end();
        let from = self.file.offset.saturating_sub(at);
        let to = end.saturating_sub(at).min(block.len() as u64);
        let (Ok(from), Ok(to)) = (usize::try_from(from), usize::try_from(to)) else { return 0 };
        let Some(part) = block.get(from..to) else { return 0 };
        self.sum.update(part);
        self.has_sums &= has_sum || part.is_empty();
        if self.is_wanted {
            self.file.bytes.get_or_insert_default().extend_from_slice(part);
        }
        part.len() as u64
    }

    /// Says what is known of it, whose folder was inflated so far; `rest` is what became of the rest of that.
    fn finish(self, seen: u64, rest: Verdict) {
        self.file.verdict = match self.has_sums {
            _ if self.end() > seen => rest,
            true => Verdict::Good,
            false => Verdict::CrcMismatch,
        };
        if self.end() <= seen {
            self.file.sha256 = Some(Sha256::finish(self.sum));
            if self.is_wanted {
                self.file.bytes.get_or_insert_default();
            }
        }
    }
}

/// Reads and inflates the next block, and says whether it has the checksum that it declares, if any; MS-CAB 2.4.
///
/// Fails with what is wrong with it, and what that makes of the files that it and later ones hold.
fn block<'d>(
    at: &mut Cursor<'_>,
    reserved: usize,
    decoder: &'d mut Decoder,
) -> Result<(&'d [u8], bool), (&'static str, Verdict)> {
    const CUT: (&str, Verdict) = ("its data are cut", Verdict::Truncated);
    let declared = at.u32().ok_or(CUT)?;
    let head = at.bytes.get(at.at..at.at.saturating_add(4 + reserved)).ok_or(CUT)?;
    let size = usize::from(at.u16().ok_or(CUT)?);
    let inflated = usize::from(at.u16().ok_or(CUT)?);
    at.take(reserved).ok_or(CUT)?;
    let data = at.take(size).ok_or(CUT)?;
    let has_sum = declared == 0 || checksum(head, checksum(data, 0)) == declared;
    if inflated == 0 || inflated > BLOCK {
        return Err(("a block of it has no valid size", Verdict::BadData));
    }
    let block = decoder.block(data, inflated).map_err(|fault| (fault, Verdict::BadData))?;
    Ok((block, has_sum))
}

/// The checksum of MS-CAB 3.1: words by exclusive or, the bytes of the last turned round.
fn checksum(bytes: &[u8], seed: u32) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let rest = rest.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
    words.iter().fold(seed, |sum, word| sum ^ u32::from_le_bytes(*word)) ^ rest
}

/// What the blocks of a folder are inflated by.
struct Decoder {
    method: Method,
    output: Vec<u8>,
}

enum Method {
    Stored,
    MsZip(Box<Decompress>),
    Lzx(Box<Lzxd>),
}

impl Decoder {
    fn new(method: u16) -> Result<Self, &'static str> {
        let method = match method & 0xf {
            0 => Method::Stored,
            1 => Method::MsZip(Box::new(Decompress::new(false))),
            3 => Method::Lzx(Box::new(Lzxd::new(window(method >> 8 & 0x1f)?))),
            2 => return Err("it is compressed with Quantum, which is not read"),
            _ => return Err("it is compressed in an unknown way"),
        };
        Ok(Self { method, output: Vec::new() })
    }

    fn block(&mut self, data: &[u8], size: usize) -> Result<&[u8], &'static str> {
        const BAD: &str = "a block of it is damaged";
        match &mut self.method {
            Method::Stored => {
                self.output.clear();
                self.output.extend_from_slice(data);
            }
            Method::MsZip(decompress) => {
                let data = data.strip_prefix(b"CK").ok_or(BAD)?;
                decompress.reset(false);
                // Each block may refer to the one before, which is still in the output.
                if !self.output.is_empty() {
                    let from = self.output.len().saturating_sub(BLOCK);
                    let dictionary = self.output.get(from..).unwrap_or_default();
                    decompress.set_dictionary(dictionary).map_err(|_| BAD)?;
                }
                let mut output = vec![0; size];
                decompress
                    .decompress(data, &mut output, FlushDecompress::Finish)
                    .map_err(|_| BAD)?;
                if usize::try_from(decompress.total_out()) != Ok(size) {
                    return Err(BAD);
                }
                self.output = output;
            }
            Method::Lzx(lzx) => {
                // The library asserts what it assumes of its input; where a panic can be caught it is.
                let output = catch_unwind(AssertUnwindSafe(|| {
                    lzx.decompress_next(data, size).map(<[u8]>::to_vec)
                }));
                self.output = output.map_err(|_| BAD)?.map_err(|_| BAD)?;
            }
        }
        if self.output.len() == size { Ok(&self.output) } else { Err(BAD) }
    }
}

fn window(bits: u16) -> Result<WindowSize, &'static str> {
    Ok(match bits {
        15 => WindowSize::KB32,
        16 => WindowSize::KB64,
        17 => WindowSize::KB128,
        18 => WindowSize::KB256,
        19 => WindowSize::KB512,
        20 => WindowSize::MB1,
        21 => WindowSize::MB2,
        _ => return Err("its window has no valid size"),
    })
}

impl Folder {
    /// How many bytes it can inflate to at most.
    pub(crate) fn most(&self) -> u64 {
        u64::from(self.blocks) * BLOCK as u64
    }
}

/// Bytes that one block inflates to at most.
const BLOCK: usize = 0x8000;
