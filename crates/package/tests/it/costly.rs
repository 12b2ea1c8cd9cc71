//! What an attacker makes costly: each in a process of its own, whose memory is measured at its end.

mod constructs;
mod work;

use std::{env, io, process::Command};

use mde_forensics_package::{Budgets, Error, FolderFile, Issue, Package, Report, Source};

use crate::builder::{Zip, deflated, stored};

const ARP: &[u8] = b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n";

#[expect(clippy::disallowed_methods, reason = "the process asks which of the two it is")]
/// Does the work of the test `name` in a process of its own and holds its peak of memory against
/// `mebibytes`. Where the system does not tell it, what the work shows is shown, and the test skipped.
fn alone(name: &str, mebibytes: u64, work: impl FnOnce()) {
    const MARK: &str = "MDE_FORENSICS_TEST_ALONE";
    if env::var_os(MARK).is_none() {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", &format!("costly::{name}"), "--nocapture"]).env(MARK, "1");
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        // However often it says so, it is one test.
        if let Some(reason) = errors.lines().find(|line| line.starts_with("SKIPPED: ")) {
            say(reason);
        }
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(told.contains("ok. 1 passed"), "no test is called `{name}`: {told}");
        return;
    }
    work();
    match peak() {
        Some(peak) => assert!(peak < mebibytes, "{name} took {peak} MiB of memory at its peak"),
        None => say("SKIPPED: the system does not say what memory a process has taken"),
    }
}

#[expect(clippy::disallowed_macros, reason = "a test that could not run says so")]
fn say(reason: &str) {
    eprintln!("{reason}");
}

#[test]
#[should_panic(expected = "no test is called")]
fn what_is_called_as_no_test_is_does_not_pass() {
    alone("nothing", 0, || ());
}

/// The most memory that this process has had, in MiB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? >> 10)
}

fn rows(report: &Report, table: &str) -> u64 {
    report.tables.iter().find(|count| count.table == table).unwrap().rows
}

fn has_issue(report: &Report, code: &str) -> bool {
    report.issues.iter().any(|issue| issue.kind.code() == code)
}

/// One line of any length, and a row behind it.
struct LongLine(u64);

impl Source for LongLine {
    fn len(&self) -> u64 {
        self.0 + 1 + ARP.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if offset < self.0 {
            let count = usize::try_from(self.0 - offset).unwrap().min(buf.len());
            buf[..count].fill(b'x');
            return Ok(count);
        }
        let tail = [b"\n", ARP].concat();
        let from = usize::try_from(offset - self.0).unwrap();
        io::Read::read(&mut &tail[from.min(tail.len())..], buf)
    }
}

#[test]
fn a_line_of_a_gibibyte() {
    alone("a_line_of_a_gibibyte", 64, || {
        let files = vec![FolderFile::new("Network Connections/Arp.txt", LongLine(1 << 30))];
        // Hashing it is another matter, and costs only time.
        let budgets = Budgets::default().with_total_bytes(0);
        let package = Package::open_folder(files, &budgets).unwrap();
        let table = package.table("arp").unwrap();
        assert_eq!(table.rows(), 1);
    });
}

#[test]
fn a_hundred_thousand_members() {
    alone("a_hundred_thousand_members", 420, || {
        let members = (0..100_000).map(|index| stored(format!("{index}/Arp.txt"), ARP));
        let zip = Zip { is_zip64: true, ..Zip::of(members) }.build();
        let package = Package::open(zip.clone(), &Budgets::default()).unwrap();
        assert_eq!(package.table("members").unwrap().rows(), 20_000);
        assert_eq!(package.table("arp").unwrap().rows(), 20_000);
        assert!(!package.inventory().is_verified());
        drop(package);
        let budgets = Budgets::default().with_entries(100_000);
        let package = Package::open(zip, &budgets).unwrap();
        assert_eq!(package.table("arp").unwrap().rows(), 100_000);
        assert!(package.inventory().is_verified());
    });
}

/// Zips of zips, as 42.zip is: few bytes that would inflate to thousands of times what may be.
fn nested_bomb() -> Vec<u8> {
    let mut bytes = vec![0; 24 << 20];
    let mut name = "zeros.pf".to_owned();
    for level in 0..3 {
        let members = (0..16).map(|index| deflated(format!("{index}/{name}"), &bytes));
        bytes = Zip::of(members).build();
        name = format!("{level}.zip");
    }
    bytes
}

#[test]
fn a_bomb_of_zips_in_zips() {
    alone("a_bomb_of_zips_in_zips", 160, || {
        let mut members = vec![stored("Arp.txt", ARP)];
        members.extend([deflated("bomb.zip", &nested_bomb())]);
        let budgets = Budgets::default()
            .with_package_ratio_from_bytes(256 << 20)
            .with_ratio_from_bytes(32 << 20);
        let package = Package::open(Zip::of(members).build(), &budgets).unwrap();
        let report = package.report().unwrap();
        assert_eq!(rows(&report, "arp"), 1, "the honest member is read");
        assert!(has_issue(&report, "over_budget"));
    });
}

#[test]
fn many_small_bombs_in_zips_share_one_budget() {
    alone("many_small_bombs_in_zips_share_one_budget", 160, || {
        let bomb = Zip::of([deflated("zeros.bin", &vec![0; 24 << 20])]).build();
        let mut members: Vec<_> =
            (0..400).map(|index| deflated(format!("{index}.zip"), &bomb)).collect();
        members.push(stored("Arp.txt", ARP));
        let budgets = Budgets::default().with_package_ratio_from_bytes(128 << 20);
        let package = Package::open(Zip::of(members).build(), &budgets).unwrap();
        let report = package.report().unwrap();
        assert_eq!(rows(&report, "arp"), 1);
        let spent = report.issues.iter().filter(|issue| issue.message.contains("ran out"));
        assert!(spent.count() > 300);
    });
}

#[test]
fn members_that_share_their_bytes_are_not_inflated_again_and_again() {
    alone("members_that_share_their_bytes_are_not_inflated_again_and_again", 160, || {
        let honest = deflated("0/Arp.txt", &vec![b' '; 24 << 20]);
        let mut entries = vec![honest.clone()];
        entries.extend((1..2_000).map(|index| {
            let mut entry = honest.clone();
            entry.central.name = format!("{index}/Arp.txt").into_bytes();
            entry.offset = Some(0);
            (entry.local, entry.body) = Default::default();
            entry
        }));
        let budgets = Budgets::default().with_package_ratio_from_bytes(128 << 20);
        let package = Package::open(Zip::of(entries).build(), &budgets).unwrap();
        assert!(!package.inventory().is_whole());
        let table = package.table("arp").unwrap();
        assert!(table.is_partial);
        let inflated: u64 =
            package.inventory().members.iter().filter_map(|member| member.actual_size).sum();
        assert!(inflated < 1 << 30, "{inflated}");
    });
}

/// A cabinet whose files all lie at the same place of its one folder, stored in blocks of 32 KiB.
fn cabinet(files: u16, blocks: u16, name: &str) -> Vec<u8> {
    let size = u32::from(blocks) * 0x8000;
    let mut entries = Vec::new();
    for index in 0..files {
        entries.extend(size.to_le_bytes());
        entries.extend([0; 4 + 2 + 4]);
        entries.extend(0x20_u16.to_le_bytes());
        entries.extend(format!("{index}{name}\0").as_bytes());
    }
    let first_data = 36 + 8 + u32::try_from(entries.len()).unwrap();
    let mut out = b"MSCF".to_vec();
    out.extend([0; 12]);
    out.extend(44_u32.to_le_bytes());
    out.extend([0, 0, 0, 0, 3, 1, 1, 0]);
    out.extend(files.to_le_bytes());
    out.extend([0; 6]);
    out.extend(first_data.to_le_bytes());
    out.extend(blocks.to_le_bytes());
    out.extend([0; 2]);
    out.extend(entries);
    for _ in 0..blocks {
        out.extend([0, 0, 0, 0, 0x00, 0x80, 0x00, 0x80]);
        out.resize(out.len() + 0x8000, b'x');
    }
    out
}

#[test]
fn files_of_a_cabinet_that_share_their_bytes() {
    alone("files_of_a_cabinet_that_share_their_bytes", 400, || {
        let honest = cabinet(1, 4, "/MPLog-1.log");
        let files = vec![FolderFile::new("MPSupportFiles.cab", honest)];
        let package = Package::open_folder(files, &Budgets::default()).unwrap();
        let is_of_rest = |issue: &Issue| matches!(issue.kind.code(), "time" | "missing");
        assert!(package.issues().iter().all(is_of_rest), "{:?}", package.issues());
        assert_eq!(package.table("defender_log").unwrap().rows(), 1);

        // 2 GiB of files in 128 KiB.
        let shared = cabinet(16_000, 4, "/MPLog-1.log");
        let files = vec![
            FolderFile::new("MPSupportFiles.cab", shared),
            FolderFile::new("Arp.txt", ARP.to_vec()),
        ];
        let budgets = Budgets::default().with_held_bytes(64 << 20);
        let package = Package::open_folder(files, &budgets).unwrap();
        let report = package.report().unwrap();
        assert!(has_issue(&report, "over_budget"), "{:?}", report.issues);
        assert_eq!(rows(&report, "arp"), 1);
    });
}

#[test]
fn what_a_cabinet_has_beside_its_files_is_told() {
    const COUNT: usize = 28;
    const SIZE: usize = 44;
    let honest = cabinet(1, 2, "/MPLog-1.log");
    let first_block = honest.len() - 2 * (8 + 0x8000);
    let patched = |at: usize, bytes: &[u8]| {
        let mut cabinet = honest.clone();
        cabinet[at..at + bytes.len()].copy_from_slice(bytes);
        cabinet
    };
    for (cabinet, told) in [
        (honest.clone(), None),
        (patched(COUNT, &[0, 0]), Some("a folder of it has no files")),
        (patched(SIZE, &0_u32.to_le_bytes()), Some("belong to no file")),
        (patched(SIZE, &0xffff_u32.to_le_bytes()), Some("belong to no file")),
        (patched(SIZE + 4, &1_u32.to_le_bytes()), Some("belong to no file")),
        (patched(first_block, &[1]), Some("declared checksum")),
    ] {
        let files = vec![FolderFile::new("MPSupportFiles.cab", cabinet)];
        let package = Package::open_folder(files, &Budgets::default()).unwrap();
        let issues: Vec<_> =
            package.issues().iter().filter(|issue| issue.kind.code() == "damaged_member").collect();
        match told {
            None => assert!(issues.is_empty(), "{issues:?}"),
            Some(told) => assert!(issues.iter().any(|it| it.message.contains(told)), "{issues:?}"),
        }
    }
}

#[test]
fn a_cabinet_that_ends_in_the_middle_of_a_name() {
    let whole = cabinet(3, 1, "/MPLog-1.log");
    for length in 0..whole.len().min(140) {
        let files = vec![FolderFile::new("MPSupportFiles.cab", whole[..length].to_vec())];
        let package = Package::open_folder(files, &Budgets::default()).unwrap();
        let is_told = package.issues().iter().any(|issue| issue.member.is_some());
        assert!(is_told, "cut at {length}: {:?}", package.issues());
    }
    // A file in a folder that there is not, and one that says it lies in the next cabinet.
    for folder in [[9, 0], [0xfe, 0xff]] {
        let mut lying = cabinet(1, 1, "/MPLog-1.log");
        lying[52..54].copy_from_slice(&folder);
        let files = vec![FolderFile::new("MPSupportFiles.cab", lying)];
        let package = Package::open_folder(files, &Budgets::default()).unwrap();
        assert!(package.issues().iter().any(|issue| issue.kind.code() == "damaged_member"));
    }
}

#[test]
fn a_source_that_fails_is_no_damage_of_the_package() {
    struct Failing;
    impl Source for Failing {
        fn len(&self) -> u64 {
            1_000
        }
        fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
    let error = Package::open(Failing, &Budgets::default()).unwrap_err();
    assert!(matches!(error, Error::ReadFailed { .. }));
}

/// A key of the registry with this many values of a megabyte each, all of one letter.
struct Values(u64, u8);

const KEY: &[u8] = b"HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\n";
const VALUE: u64 = 1_000_000;

impl Source for Values {
    fn len(&self) -> u64 {
        KEY.len() as u64 + self.0 * VALUE
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let head = KEY.len() as u64;
        if offset < head {
            return io::Read::read(&mut &KEY[usize::try_from(offset).unwrap()..], buf);
        }
        let (index, at) = ((offset - head) / VALUE, (offset - head) % VALUE);
        if index >= self.0 {
            return Ok(0);
        }
        let count = usize::try_from(VALUE - at).unwrap().min(buf.len());
        buf[..count].fill(self.1);
        let begin = format!("    v{index:03}    REG_SZ    ").into_bytes();
        let from = usize::try_from(at).unwrap().min(begin.len());
        let head = count.min(begin.len() - from);
        buf[..head].copy_from_slice(&begin[from..from + head]);
        if at + count as u64 == VALUE {
            buf[count - 1] = b'\n';
        }
        Ok(count)
    }
}

#[test]
fn two_packages_that_are_compared() {
    alone("two_packages_that_are_compared", 64, || {
        let open = |letter: u8| {
            let files = vec![FolderFile::new("Autoruns/Autoruns.txt", Values(30, letter))];
            let budgets = Budgets::default().with_total_bytes(0).with_table_bytes(1 << 20);
            Package::open_folder(files, &budgets).unwrap()
        };
        let (one, other) = (open(b'x'), open(b'y'));
        for (before, after) in [(&one, &one), (&one, &other)] {
            let comparison = mde_forensics_package::compare(before, after).unwrap();
            let is_told = |side: &str| {
                comparison.not_compared.iter().any(|own| {
                    own.side == side && own.why.contains("`registry_values` has more rows")
                })
            };
            assert!(is_told("before") && is_told("after"), "{:#?}", comparison.not_compared);
            // One value alone goes past what differences may take.
            let unlisted = comparison.differences - comparison.changes.len();
            let is_said = comparison.not_compared.iter().any(|own| own.why.contains("not listed"));
            assert_eq!(is_said, unlisted > 0);
            assert_eq!(comparison.table(after).unwrap().is_partial, unlisted > 0);
            assert_eq!(unlisted > 0, !std::ptr::eq(before, after));
        }
        let tree = one.process_tree().unwrap();
        assert!(tree.nodes.is_empty());
    });
}
