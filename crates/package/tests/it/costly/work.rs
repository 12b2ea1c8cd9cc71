//! What an attacker makes costly in time: each is held against the same work on what is honest, in the processor's own
//! time, so that neither the machine nor what runs beside it counts.

use mde_forensics_package::{Budgets, FolderFile, Package};

use super::{alone, has_issue, rows, say};
use crate::{
    builder::{Zip, deflated},
    prefetch::{
        image::{Image, compress},
        xpress::{self, Token},
    },
};

/// Hundredths of a second that the process has taken, where the system tells.
pub(super) fn ticks() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// Checks that `hostile` takes at most so many `times` what `honest` does. Where the system does not tell, it is done,
/// and the test skipped.
fn costs(times: u64, honest: impl Fn(), hostile: impl FnOnce()) {
    const ENOUGH: u64 = 25;
    let Some(start) = ticks() else {
        hostile();
        say("SKIPPED: the system does not say what time a process has taken");
        return;
    };
    let since = |start: u64| ticks().unwrap() - start;
    let mut rounds = 0;
    while since(start) < ENOUGH {
        honest();
        rounds += 1;
    }
    let (honest, start) = (since(start), ticks().unwrap());
    hostile();
    let hostile = since(start);
    assert!(hostile * rounds <= times * honest, "{hostile} for {honest} in {rounds} rounds");
}

/// A key of so many bytes with so many short values.
fn key(length: usize, values: usize) -> Package<Vec<u8>> {
    let mut text =
        "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\".to_owned();
    text.extend(std::iter::repeat_n('a', length));
    text.extend((0..values).map(|value| format!("\n    {value}    REG_SZ    x")));
    text.push('\n');
    let files = vec![FolderFile::new("Autoruns/Autoruns.txt", text.into_bytes())];
    Package::open_folder(files, &Budgets::default()).unwrap()
}

#[test]
fn a_long_key_is_looked_through_once() {
    alone("work::a_long_key_is_looked_through_once", 256, || {
        let (honest, hostile) = (key(60, 3_000), key(60_000, 3_000));
        for table in ["registry_keys", "autoruns"] {
            let read = |package: &Package<Vec<u8>>| package.table(table).map(drop).unwrap();
            costs(8, || read(&honest), || read(&hostile));
        }
    });
}

/// A prefetch file of so many bytes, in hundreds: the metrics of files without a name, one like the other.
fn prefetch_bomb(size: usize) -> Vec<u8> {
    let header = Image { version: 31, name: "EVIL.EXE".into(), ..Image::default() }.bytes();
    let mut header = header[..304].to_vec();
    let files = u32::try_from((size - header.len()) / 32).unwrap();
    header[88..92].copy_from_slice(&files.to_le_bytes());
    header.extend([0; 32]);
    let repeated = Token::Match { offset: 32, length: size - header.len() };
    let tokens: Vec<_> = header.iter().map(|byte| Token::Byte(*byte)).chain([repeated]).collect();
    let mut file = [b"MAM\x04".as_slice(), &u32::try_from(size).unwrap().to_le_bytes()].concat();
    file.extend(xpress::encode(&tokens, &xpress::flat()));
    file.extend([0; 8]);
    file
}

#[test]
fn prefetch_files_inflate_within_the_budgets_of_the_package() {
    alone("work::prefetch_files_inflate_within_the_budgets_of_the_package", 160, || {
        let honest = Image { version: 31, name: "A.EXE".into(), ..Image::default() }.bytes();
        let own = compress(&honest);
        let bomb = prefetch_bomb(4 << 20);
        assert!(bomb.len() < 1_000);
        let mut members: Vec<_> =
            (0..20).map(|index| deflated(format!("Prefetch/{index:02}.pf"), &own)).collect();
        members.push(deflated("Prefetch/BOMB.pf", &bomb));
        let zip = Zip::of(members).build();
        let package = Package::open(zip.clone(), &Budgets::default()).unwrap();
        let report = package.report().unwrap();
        assert_eq!(rows(&report, "prefetch"), 20);
        assert!(has_issue(&report, "over_budget"));

        // What the members themselves inflate to counts first.
        let taken: u64 = package.inventory().members.iter().filter_map(|it| it.actual_size).sum();
        let most = taken + 7 * u64::try_from(honest.len()).unwrap();
        let budgets = Budgets::default().with_package_ratio_from_bytes(most).with_ratio(1);
        let report = Package::open(zip, &budgets).unwrap().report().unwrap();
        assert_eq!(rows(&report, "prefetch"), 7);
    });
}

#[test]
fn issues_find_their_members_at_once() {
    alone("work::issues_find_their_members_at_once", 256, || {
        let bad = |count: usize| {
            let files = (0..count).map(|index| FolderFile::new(format!("{index:05}.pf"), vec![0]));
            Package::open_folder(files.collect(), &Budgets::default()).unwrap()
        };
        let (few, many) = (bad(1_000), bad(16_000));
        let read = |package: &Package<Vec<u8>>| package.table("issues").map(drop).unwrap();
        costs(30, || read(&few), || read(&many));
    });
}
