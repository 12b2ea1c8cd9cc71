//! A builder of prefetch files of every version.

#![expect(clippy::cast_possible_truncation, reason = "test files are small")]

use super::xpress::{self, Token};

#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    pub(crate) version: u32,
    /// Versions 30 and 31: the shorter file information.
    pub(crate) is_short: bool,
    pub(crate) name: String,
    pub(crate) hash: u32,
    pub(crate) run_count: u32,
    pub(crate) runs: Vec<u64>,
    pub(crate) files: Vec<(String, u64)>,
    pub(crate) volumes: Vec<ImageVolume>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ImageVolume {
    pub(crate) path: String,
    pub(crate) created: u64,
    pub(crate) serial: u32,
    pub(crate) references: u32,
    pub(crate) directories: Vec<String>,
}

impl Image {
    /// How many runs a file of this version can hold.
    pub(crate) fn slots(&self) -> usize {
        if self.version < 26 { 1 } else { 8 }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let information = match (self.version, self.is_short) {
            (17, _) => 68,
            (23, _) => 156,
            (30 | 31, true) => 212,
            _ => 220,
        };
        let mut names = Vec::new();
        let mut metrics = Vec::new();
        for (at, (path, reference)) in (0_u32..).zip(&self.files) {
            let mut fields = vec![at, 7];
            if self.version != 17 {
                fields.push(3);
            }
            fields.extend([names.len() as u32, units(path).len() as u32 / 2, 0x200]);
            metrics.extend(fields.into_iter().flat_map(u32::to_le_bytes));
            if self.version != 17 {
                metrics.extend(reference.to_le_bytes());
            }
            names.extend(units(path));
            names.extend([0, 0]);
        }
        let volumes = self.volumes();
        let metrics_at = 84 + information;
        let names_at = metrics_at + metrics.len();
        let volumes_at = names_at + names.len();
        let size = volumes_at + volumes.len();

        let mut file = vec![0; metrics_at];
        put(&mut file, 0, &self.version.to_le_bytes());
        put(&mut file, 4, b"SCCA");
        put(&mut file, 12, &(size as u32).to_le_bytes());
        put(&mut file, 16, &units(&self.name));
        put(&mut file, 76, &self.hash.to_le_bytes());
        for (at, field) in [
            (0, metrics_at),
            (4, self.files.len()),
            (16, names_at),
            (20, names.len()),
            (24, volumes_at),
            (28, self.volumes.len()),
            (32, volumes.len()),
        ] {
            put(&mut file, 84 + at, &(field as u32).to_le_bytes());
        }
        let (runs_at, count_at) = match (self.version, self.is_short) {
            (17, _) => (36, 60),
            (23, _) => (44, 68),
            (30 | 31, true) => (44, 116),
            _ => (44, 124),
        };
        put(&mut file, 84 + count_at, &self.run_count.to_le_bytes());
        for (slot, run) in self.runs.iter().enumerate() {
            put(&mut file, 84 + runs_at + 8 * slot, &run.to_le_bytes());
        }
        [file, metrics, names, volumes].concat()
    }

    fn volumes(&self) -> Vec<u8> {
        let each = match self.version {
            17 => 40,
            23 | 26 => 104,
            _ => 96,
        };
        let mut all = vec![0; each * self.volumes.len()];
        for (volume, at) in self.volumes.iter().zip((0..).step_by(each)) {
            let path_at = all.len() as u32;
            put(&mut all, at, &path_at.to_le_bytes());
            put(&mut all, at + 4, &(units(&volume.path).len() as u32 / 2).to_le_bytes());
            all.extend(units(&volume.path));
            all.extend([0, 0]);
            put(&mut all, at + 8, &volume.created.to_le_bytes());
            put(&mut all, at + 16, &volume.serial.to_le_bytes());
            let references_at = all.len();
            all.extend(3_u32.to_le_bytes());
            all.extend(volume.references.to_le_bytes());
            all.extend(vec![0; 8 * volume.references as usize]);
            let size = all.len() - references_at;
            put(&mut all, at + 20, &(references_at as u32).to_le_bytes());
            put(&mut all, at + 24, &(size as u32).to_le_bytes());
            let directories_at = all.len() as u32;
            put(&mut all, at + 28, &directories_at.to_le_bytes());
            put(&mut all, at + 32, &(volume.directories.len() as u32).to_le_bytes());
            for directory in &volume.directories {
                all.extend((units(directory).len() as u16 / 2).to_le_bytes());
                all.extend(units(directory));
                all.extend([0, 0]);
            }
        }
        all
    }
}

/// The file as Windows 8 and later keep it.
pub(crate) fn compress(file: &[u8]) -> Vec<u8> {
    let mut out = [b"MAM\x04".as_slice(), &(file.len() as u32).to_le_bytes()].concat();
    for block in file.chunks(1 << 16) {
        let tokens: Vec<_> = block.iter().map(|byte| Token::Byte(*byte)).collect();
        out.extend(xpress::encode(&tokens, &xpress::skewed()));
    }
    out
}

pub(crate) fn units(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(crate) fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}
