//! Prefetch files of every version, real, damaged and hostile.

pub(crate) mod image;
pub(crate) mod xpress;

use std::{fs, path::Path};

use mde_forensics_package::prefetch::{Defect, Prefetch, PrefetchError};
use proptest::{collection::vec, prelude::*, sample::Index};

use image::{Image, ImageVolume, compress, put};
use xpress::Token;

fn parse(file: &[u8]) -> Result<Prefetch, PrefetchError> {
    Prefetch::parse(file, Prefetch::LIMIT)
}

fn example(version: u32) -> Image {
    Image {
        version,
        name: "POWERSHELL.EXE".into(),
        hash: 0xca1a_e517,
        run_count: 9,
        runs: vec![133_990_453_101_234_567],
        files: vec![
            (
                r"\VOLUME{01db2700ce34a88c-fcce4b22}\WINDOWS\SYSTEM32\NTDLL.DLL".into(),
                0x0004_0000_0000_004d,
            ),
            (
                r"\VOLUME{01db2700ce34a88c-fcce4b22}\WINDOWS\POWERSHELL.EXE".into(),
                0x0001_0000_0000_0063,
            ),
        ],
        volumes: vec![ImageVolume {
            path: r"\VOLUME{01db2700ce34a88c-fcce4b22}".into(),
            created: 133_743_498_350_602_380,
            serial: 0xfcce_4b22,
            references: 2,
            directories: vec![r"\VOLUME{01db2700ce34a88c-fcce4b22}\WINDOWS".into()],
        }],
        ..Image::default()
    }
}

#[test]
fn what_a_file_says_is_told_in_the_terms_of_the_field() {
    let read = parse(&example(31).bytes()).unwrap();
    assert_eq!(read.file_name(), "POWERSHELL.EXE-CA1AE517.pf");
    let path = r"\VOLUME{01db2700ce34a88c-fcce4b22}\WINDOWS\POWERSHELL.EXE";
    assert_eq!(read.executable_path(), Some(path));
    assert_eq!(read.last_runs[0].to_string(), "2025-08-07T13:01:50.1234567Z");
    assert_eq!((read.files[0].mft_entry, read.files[0].mft_sequence), (Some(77), Some(4)));
    assert_eq!(read.files[1].trace_start, 1);
    assert_eq!((read.files[0].trace_duration, read.files[0].flags), (7, 0x200));
}

#[test]
fn a_long_match_may_cross_blocks_and_overlap_itself() {
    for (length, lengths) in [
        (17, xpress::flat()),
        (18, xpress::skewed()),
        (400, xpress::flat()),
        (70_000, xpress::skewed()),
    ] {
        let file = example(31).bytes();
        let mut tokens: Vec<_> = file.iter().map(|byte| Token::Byte(*byte)).collect();
        tokens.push(Token::Match { offset: 5, length });
        let (declared, size) = (u32::try_from(file.len()).unwrap(), file.len() + length);
        let packed = xpress::encode(&tokens, &lengths);
        let packed =
            [b"MAM\x04".as_slice(), &u32::try_from(size).unwrap().to_le_bytes(), &packed].concat();
        let read = parse(&packed).unwrap();
        assert_eq!(read.defects, [Defect::Size { declared, actual: size }]);
        assert_eq!(read.volumes, parse(&file).unwrap().volumes);
    }
}

#[test]
fn a_checksum_is_held_against_the_data() {
    let mut file = compress(&example(31).bytes());
    file[3] = 0x84;
    file.splice(8..8, [0; 4]);
    let sum = crc32fast::hash(&file);
    put(&mut file, 8, &sum.to_le_bytes());
    assert_eq!(parse(&file).unwrap().defects, []);
    file[8] ^= 1;
    assert_eq!(parse(&file).unwrap().defects, [Defect::Checksum]);
}

#[test]
fn what_is_no_prefetch_file_is_named() {
    let code = |file: &[u8]| parse(file).unwrap_err().code();
    assert_eq!(code(b""), "not_prefetch");
    assert_eq!(code(b"MAM\x04"), "truncated");
    assert_eq!(code(b"MAM\x03\x00\x01\x00\x00"), "unknown_compression");
    assert_eq!(code(b"\x1d\0\0\0SCCA"), "unknown_version");
    assert_eq!(code(b"\x1f\0\0\0SCCA"), "truncated");
    let shown = parse(b"\x1b[2Jhello").unwrap_err().to_string();
    assert_eq!(shown, r"no prefetch file: it begins with `\u{1b}[2Jhell`");
}

#[test]
fn four_gigabytes_that_are_only_declared_are_refused() {
    let declared = PrefetchError::OverBudget { declared: u32::MAX.into(), limit: Prefetch::LIMIT };
    assert_eq!(parse(b"MAM\x04\xff\xff\xff\xff").unwrap_err(), declared);
    // Counts and places are no better than what is there.
    for at in [84, 88, 100, 104, 108, 112, 116] {
        let mut file = example(31).bytes();
        put(&mut file, at, &u32::MAX.to_le_bytes());
        let read = parse(&file).unwrap();
        assert!(!read.defects.is_empty() || at == 104 || at == 116, "{at}");
        assert_eq!(read.run_count, if at == 84 { read.run_count } else { 9 });
    }
}

#[test]
fn names_that_overlap_cost_no_more_than_the_file() {
    let mut image = example(31);
    image.files = vec![("A".repeat(1_000), 0); 1_000];
    let mut file = image.bytes();
    for entry in 0..1_000 {
        // Every name begins at the first and is as long as all of them.
        put(&mut file, 304 + 32 * entry + 12, &0_u32.to_le_bytes());
        put(&mut file, 304 + 32 * entry + 16, &1_000_000_u32.to_le_bytes());
    }
    let read = parse(&file).unwrap();
    assert_eq!(read.files.len(), 1_000);
    assert!(read.defects.contains(&Defect::TextBudget), "{:?}", read.defects);
    assert!(read.files.iter().map(|file| file.path.len()).sum::<usize>() <= 2 * file.len());
}

#[test]
fn a_broken_name_reads_with_a_mark() {
    let mut file = example(30).bytes();
    put(&mut file, 16, &[0x00, 0xd8]);
    let read = parse(&file).unwrap();
    assert_eq!(read.executable, "\u{fffd}OWERSHELL.EXE");
    assert_eq!(read.defects, [Defect::Utf16]);
}

#[test]
fn every_cut_is_an_error_or_a_defect() {
    for version in [17, 23, 26, 30, 31] {
        let file = example(version).bytes();
        for cut in 0..file.len() {
            assert!(!parse(&file[..cut]).is_ok_and(|read| read.defects.is_empty()), "{cut}");
        }
        let (packed, whole) = (compress(&file), parse(&compress(&file)).unwrap());
        for cut in 0..packed.len() {
            // The last bytes are there for a decoder that looks ahead.
            let is_whole = parse(&packed[..cut]).is_ok_and(|read| read == whole);
            let is_clean = parse(&packed[..cut]).is_ok_and(|read| read.defects.is_empty());
            assert!(!is_clean || is_whole && cut + 4 >= packed.len(), "{cut}");
        }
    }
}

#[test]
#[expect(clippy::disallowed_macros, reason = "a skipped test says so")]
fn every_real_file_is_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/samples/package/Prefetch Files/Prefetch");
    if !folder.is_dir() {
        eprintln!("SKIPPED: the prefetch files of a real package are not at hand");
        return;
    }
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = parse(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(file.defects, [], "{path:?}");
        assert!(file.is_compressed && file.version == 31);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(name.eq_ignore_ascii_case(&file.file_name()), "{name}");
        assert_eq!(file.last_runs.len(), file.run_count.min(8) as usize, "{name}");
        for loaded in &file.files {
            assert!(file.volumes.iter().any(|volume| loaded.path.starts_with(&volume.device_path)));
        }
        read += 1;
    }
    assert_eq!(read, 66);
}

prop_compose! {
    fn images()(
        (version, is_short) in prop_oneof![
            Just((17, false)), Just((23, false)), Just((26, false)),
            Just((30, false)), Just((30, true)), Just((31, false)), Just((31, true)),
        ],
        name in "[A-Z0-9._-]{1,29}",
        (hash, run_count) in any::<(u32, u32)>(),
        runs in vec(1..u64::MAX, 0..9),
        files in vec(("[ -~é😀]{0,40}", any::<u64>()), 0..9),
        volumes in vec((".{0,20}", any::<(u64, u32)>(), 0..5_u32, vec("[ -~ß]{0,30}", 0..5)), 0..4),
    ) -> Image {
        let volumes = volumes.into_iter().map(|(path, (created, serial), references, directories)| {
            ImageVolume { path, created, serial, references, directories }
        });
        let mut image = Image {
            version, is_short, name, hash, run_count, files, volumes: volumes.collect(), runs,
        };
        image.runs.truncate(image.slots());
        image
    }
}

/// More than any of these files has.
const LIMIT: usize = 1 << 20;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_is_written_is_read(image in images()) {
        let file = image.bytes();
        let read = parse(&file).unwrap();
        let mut packed = parse(&compress(&file)).unwrap();
        prop_assert!(packed.is_compressed && !read.is_compressed);
        packed.is_compressed = false;
        prop_assert_eq!(&packed, &read);
        prop_assert_eq!(read.defects, []);
        prop_assert_eq!((read.version, read.executable), (image.version, image.name));
        prop_assert_eq!((read.hash, read.run_count), (image.hash, image.run_count));
        let runs: Vec<_> = read.last_runs.iter().map(|run| run.ticks()).collect();
        prop_assert_eq!(runs, image.runs);
        prop_assert_eq!(read.files.len(), image.files.len());
        for (read, (path, reference)) in read.files.iter().zip(&image.files) {
            prop_assert_eq!(&read.path, path);
            let has_one = image.version != 17 && *reference != 0;
            prop_assert_eq!(read.mft_entry, has_one.then_some(reference & 0xffff_ffff_ffff));
            prop_assert_eq!(read.mft_sequence, has_one.then_some((reference >> 48) as u16));
        }
        prop_assert_eq!(read.volumes.len(), image.volumes.len());
        for (read, written) in read.volumes.iter().zip(&image.volumes) {
            prop_assert_eq!(&read.device_path, &written.path);
            prop_assert_eq!((read.created.ticks(), read.serial), (written.created, written.serial));
            prop_assert_eq!(read.file_references, written.references);
            prop_assert_eq!(&read.directories, &written.directories);
        }
    }

    #[test]
    fn damage_never_costs_more_than_the_file(
        image in images(),
        is_packed in any::<bool>(),
        flips in vec((any::<Index>(), any::<u8>()), 1..20),
    ) {
        let mut file = if is_packed { compress(&image.bytes()) } else { image.bytes() };
        for (at, byte) in flips {
            *at.get_mut(&mut file) = byte;
        }
        if let Ok(read) = Prefetch::parse(&file, LIMIT) {
            let text: usize = read.files.iter().map(|file| file.path.len()).sum();
            prop_assert!(text <= 4 * LIMIT && read.files.len() <= LIMIT / 20);
        }
    }
}
