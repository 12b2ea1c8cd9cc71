use std::fs;

use mde_forensics_core::Code;
use mde_forensics_core::engine::{Fetched, Held, Partial, Sealed};
use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::canned::{Canned, reply};
use crate::transport::{Proxy, TransportOptions};

mod damage;
mod dead;
mod disk;
mod limits;
mod redirect;
mod resume;
mod whole;

const NAME: &str = "ws-042_20260105T100000Z_7b8c.zip";
const TAG: &str = "\"v1\"";
const SECRET: &str = "hunter2";

/// A temporary output folder.
struct Bench {
    folder: TempDir,
    downloads: Downloads,
}

impl Bench {
    fn new() -> Self {
        Self::with(&TransportOptions { proxy: Proxy::None, ..TransportOptions::default() })
    }

    fn with(options: &TransportOptions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let transport = Transport::new(options).unwrap();
        let downloads =
            Downloads::new(folder.path().to_owned(), json!({"timeout": 1800}), transport);
        Self { folder, downloads }
    }

    async fn fetch(&self, server: &Canned, resume: Option<Partial>) -> Fetched {
        let link =
            PackageLink::parse(&server.url(&format!("/package.zip?token={SECRET}"))).unwrap();
        self.downloads.fetch(link, NAME, resume, |_, _| {}).await
    }

    async fn fetched(&self, package: &[u8]) -> (u64, String) {
        let server = Canned::new([reply("200 OK", &[("etag", TAG)], package)]).await;
        let Fetched::Complete { size, sha256 } = self.fetch(&server, None).await else { panic!() };
        (size, sha256)
    }

    async fn seal(&self, (size, sha256): (u64, String), keep_damaged: bool) -> Sealed {
        self.downloads.seal(NAME, custody(), size, sha256, keep_damaged, ()).await
    }

    fn path(&self, end: &str) -> PathBuf {
        self.folder.path().join(format!("{NAME}{end}"))
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn custody() -> Custody {
    serde_json::from_value(json!({
        "tenant": "contoso.onmicrosoft.com",
        "api": "https://api.security.microsoft.com",
        "asked_for": "ws-042",
        "comment": "INC-42",
        "key": null,
        "begun": "2026-01-05T10:00:00Z",
        "asked_by": {"application": null, "user": null, "tenant": null},
        "downloaded_by": {"application": null, "user": null, "tenant": null},
        "machine": "0123456789abcdef0123456789abcdef01234567",
        "machine_name": "ws-042.contoso.com",
        "action": "7b8c0e6e-1111-4d2b-9a55-0c0c0c0c0c0c",
        "adoption": null,
        "requestor": null,
        "requestor_comment": null,
        "created": null,
        "marker": null,
        "downloaded": "2026-01-05T10:05:00Z",
    }))
    .unwrap()
}

/// A zip with one stored member (APPNOTE.TXT 4.3).
fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    let common = [
        &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x5c][..],
        &crc.sum().to_le_bytes(),
        &length,
        &length,
        &u16::try_from(name.len()).unwrap().to_le_bytes(),
        &[0, 0],
    ]
    .concat();
    let local = [b"PK\x03\x04", common.as_slice(), name.as_bytes(), bytes].concat();
    let central = [b"PK\x01\x02\x14\x00", common.as_slice(), &[0; 14], name.as_bytes()].concat();
    let end = [
        b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(),
        &u32::try_from(central.len()).unwrap().to_le_bytes(),
        &u32::try_from(local.len()).unwrap().to_le_bytes(),
        &[0, 0],
    ];
    [local.as_slice(), &central, &end.concat()].concat()
}

fn package() -> Vec<u8> {
    zip("Processes/Processes.csv", b"Name,Id\r\nsystem,4\r\n")
}
