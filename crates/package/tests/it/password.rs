//! Evidence that was packed again with a password: what foreign writers encrypt is read, and nothing else is.

use std::io::{Cursor, Write as _};

use mde_forensics_package::{
    Budgets, Digests, Encryption, Error, FolderFile, Inventory, IssueKind, Member, Package,
    Password, Verdict,
};
use zip::{
    AesMode, CompressionMethod, ZipWriter,
    unstable::write::FileOptionsExt as _,
    write::{FileOptions, SimpleFileOptions},
};

use crate::{
    builder::{Zip, deflated, stored},
    check::codes,
};

pub(crate) const PASSWORD: &str = "three in the morning";
const ARP: &str = "Network Connections/Arp.txt";

/// How a foreign writer can encrypt.
#[derive(Clone, Copy, Debug)]
enum Way {
    Aes(AesMode),
    ZipCrypto,
}

const WAYS: [Way; 4] = [
    Way::Aes(AesMode::Aes128),
    Way::Aes(AesMode::Aes192),
    Way::Aes(AesMode::Aes256),
    Way::ZipCrypto,
];

fn members() -> Vec<(&'static str, Vec<u8>)> {
    let noise = (0..300_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    vec![
        (ARP, b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n".repeat(3)),
        ("empty.txt", Vec::new()),
        ("short.txt", b"short".to_vec()),
        ("noise.bin", noise),
    ]
}

fn options(way: Way, password: &str) -> FileOptions<'_, '_, ()> {
    let options = SimpleFileOptions::default();
    match way {
        Way::Aes(mode) => options.with_aes_encryption(mode, password),
        Way::ZipCrypto => options.with_deprecated_encryption(password.as_bytes()).unwrap(),
    }
}

fn write(way: Way, method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_directory("Network Connections", SimpleFileOptions::default()).unwrap();
    for (name, bytes) in members() {
        zip.start_file(name, options(way, PASSWORD).compression_method(method)).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// These members, encrypted in every way, stored and deflated.
pub(crate) fn locked(members: &[(&str, Vec<u8>)]) -> Vec<Vec<u8>> {
    let one = |way: Way, method: CompressionMethod| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            zip.start_file(*name, options(way, PASSWORD).compression_method(method)).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    let methods = [CompressionMethod::Stored, CompressionMethod::Deflated];
    WAYS.iter().flat_map(|way| methods.map(|method| one(*way, method))).collect()
}

fn verify(package: &[u8], password: &str) -> Result<Inventory, Error> {
    let (budgets, password) = (Budgets::default(), Password::from(password));
    Inventory::verify_with(&package, &budgets, Digests::Sha256, Some(&password), |_| ())
}

fn named<'a>(inventory: &'a Inventory, name: &str) -> &'a Member {
    inventory.members.iter().find(|member| member.name == name).unwrap()
}

#[test]
fn what_a_foreign_writer_encrypts_is_read() {
    for way in WAYS {
        for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
            let package = write(way, method);
            let inventory = verify(&package, PASSWORD).unwrap();
            assert_eq!(codes(&inventory), Vec::<&str>::new(), "{way:?}");
            assert!(inventory.is_verified(), "{way:?}");
            for (name, bytes) in members() {
                let member = named(&inventory, name);
                let ours = inventory.bytes(&package, member, &Budgets::default()).unwrap();
                assert!(ours == bytes, "{way:?}: {name}");
                match (way, member.encryption) {
                    (Way::ZipCrypto, Some(Encryption::ZipCrypto)) => {}
                    (Way::Aes(mode), Some(Encryption::Aes { bits, .. })) => {
                        assert_eq!(usize::from(bits / 8), mode.key_length());
                    }
                    other => panic!("{other:?}"),
                }
            }
            let password = Password::from(PASSWORD);
            let package =
                Package::open_with(package, &Budgets::default(), Some(&password)).unwrap();
            assert_eq!(package.table("arp").unwrap().rows(), 3, "{way:?}");
        }
    }
}

#[test]
fn without_a_password_it_is_listed_and_unread() {
    for way in WAYS {
        let package = write(way, CompressionMethod::Deflated);
        let inventory =
            Inventory::verify(&package, &Budgets::default(), Digests::Sha256, |_| ()).unwrap();
        assert!(inventory.is_whole() && !inventory.is_verified());
        assert_eq!(codes(&inventory), ["encrypted"], "{way:?}");
        let member = named(&inventory, ARP);
        assert_eq!((member.verdict, member.sha256), (Verdict::Encrypted, None));
        let error = inventory.bytes(&package, member, &Budgets::default()).unwrap_err();
        assert_eq!(error.code(), "unreadable");
        assert!(error.to_string().contains("give the password"), "{error}");
        let report = Package::open(package, &Budgets::default()).unwrap().report().unwrap();
        assert!(report.needs_a_look());
    }
}

#[test]
fn a_wrong_password_is_an_error_that_names_a_member() {
    for way in WAYS {
        let package = write(way, CompressionMethod::Deflated);
        for wrong in ["", "Three in the morning", "three in the morning "] {
            let error = verify(&package, wrong).unwrap_err();
            assert!(matches!(&error, Error::WrongPassword { .. }), "{way:?}: {error}");
            assert!(members().iter().any(|(name, _)| error.to_string().contains(name)), "{error}");
            assert!(wrong.is_empty() || !error.to_string().contains(wrong), "{error}");
        }
    }
}

#[test]
fn one_of_a_few_passwords_opens_what_is_its_own() {
    for way in WAYS {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, password) in [("mine", PASSWORD), ("other", "another"), ("plain", "")] {
            let options = match password {
                "" => SimpleFileOptions::default(),
                password => options(way, password),
            };
            zip.start_file(name, options).unwrap();
            zip.write_all(name.as_bytes()).unwrap();
        }
        let package = zip.finish().unwrap().into_inner();
        let inventory = verify(&package, PASSWORD).unwrap();
        assert_eq!(named(&inventory, "mine").verdict, Verdict::Good);
        assert_eq!(named(&inventory, "plain").verdict, Verdict::Good);
        let other = named(&inventory, "other");
        let told = inventory.bytes(&package, other, &Budgets::default()).unwrap_err();
        assert_eq!((other.verdict.name(), told.code()), ("wrong_password", "wrong_password"));
        assert!(inventory.is_whole() && !inventory.is_verified());
    }
}

#[test]
fn a_password_that_nothing_needs_changes_nothing() {
    let package = Zip::of([stored("a", b"a"), deflated("b", b"bbbbbbbb")]).build();
    assert!(verify(&package, PASSWORD).unwrap().is_verified());
}

#[test]
fn a_package_that_was_zipped_again_is_opened() {
    let inner = write(Way::Aes(AesMode::Aes256), CompressionMethod::Deflated);
    for way in WAYS {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file("case 42/package.zip", options(way, PASSWORD)).unwrap();
        zip.write_all(&inner).unwrap();
        let package = zip.finish().unwrap().into_inner();
        let (budgets, password) = (Budgets::default(), Password::from(PASSWORD));
        let opened = Package::open_with(package.clone(), &budgets, Some(&password)).unwrap();
        assert_eq!(opened.table("arp").unwrap().rows(), 3, "{way:?}");
        let files = vec![FolderFile::new("package.zip", package)];
        let folder = Package::open_folder_with(files, &budgets, Some(&password)).unwrap();
        assert_eq!(folder.table("arp").unwrap().rows(), 3, "{way:?}");
    }
}

#[test]
fn no_flipped_bit_of_an_encrypted_archive_passes() {
    // A key takes thousands of sums, so that AES is tried at one bit of each byte.
    for (way, step) in [(Way::Aes(AesMode::Aes128), 9), (Way::ZipCrypto, 1)] {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, method) in
            [("stored", CompressionMethod::Stored), ("deflated", CompressionMethod::Deflated)]
        {
            zip.start_file(name, options(way, PASSWORD).compression_method(method)).unwrap();
            zip.write_all(&b"some bytes, some bytes. ".repeat(4)).unwrap();
        }
        let package = zip.finish().unwrap().into_inner();
        let listed = |inventory: &Inventory| {
            let members = inventory.members.iter();
            members.map(|m| (m.raw_name.clone(), m.sha256)).collect::<Vec<_>>()
        };
        let honest = listed(&verify(&package, PASSWORD).unwrap());
        for bit in (0..package.len() * 8).step_by(step) {
            let mut flipped = package.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(inventory) = verify(&flipped, PASSWORD) {
                let is_same = listed(&inventory) == honest;
                assert!(!inventory.is_verified() || is_same, "{way:?}: bit {bit}");
            }
        }
    }
}

#[test]
fn an_encrypted_archive_cut_anywhere_is_a_value_or_a_typed_error() {
    for way in WAYS {
        let package = write(way, CompressionMethod::Deflated);
        for part in 0..64 {
            let cut = &package[..package.len() * part / 64];
            if let Err(error) = verify(cut, PASSWORD) {
                let codes = ["not_a_zip", "truncated", "wrong_password"];
                assert!(codes.contains(&error.code()), "{error}");
            }
        }
        // Too short for what goes before and behind the bytes, whatever the headers say.
        for length in 0..40_u32 {
            let entry = stored("a", &vec![7; length as usize]).with(|header| {
                header.flags |= 1;
                if let Way::Aes(mode) = way {
                    header.method = 99;
                    let strength = match mode {
                        AesMode::Aes128 => 1,
                        AesMode::Aes192 => 2,
                        AesMode::Aes256 => 3,
                    };
                    header.extra = vec![1, 0x99, 7, 0, 2, 0, b'A', b'E', strength, 0, 0];
                }
            });
            match verify(&Zip::of([entry]).build(), PASSWORD) {
                Ok(inventory) => assert!(!inventory.is_verified(), "{way:?}: {length}"),
                Err(error) => assert_eq!(error.code(), "wrong_password"),
            }
        }
    }
}

#[test]
fn encryption_that_is_not_read_is_said_to_be() {
    for (flags, method, extra) in [
        (1 << 6 | 1, 8, vec![]),
        (1, 99, vec![]),
        (1, 99, vec![1, 0x99, 7, 0, 2, 0, b'A', b'E', 9, 0, 0]),
        (1, 99, vec![1, 0x99, 2, 0, 2, 0]),
    ] {
        let entry = stored("a", &[0; 60]).with(|header| {
            (header.flags, header.method) = (flags, method);
            header.extra.clone_from(&extra);
        });
        let inventory = verify(&Zip::of([entry]).build(), PASSWORD).unwrap();
        let member = &inventory.members[0];
        assert_eq!(member.encryption, Some(Encryption::Other), "{extra:?}");
        assert!(!inventory.is_verified() && !member.verdict.is_good(), "{member:?}");
        assert_eq!(codes(&inventory), ["encrypted"], "{member:?}");
        assert_eq!(member.verdict, Verdict::Encrypted, "{extra:?}");
    }
}

/// A zip with one member in the clear, and one that another password opens.
fn half_open(way: Way, name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, SimpleFileOptions::default()).unwrap();
    zip.write_all(bytes).unwrap();
    zip.start_file("other", options(way, "another")).unwrap();
    zip.write_all(b"other").unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_zip_inside_keeps_what_the_password_is_not_needed_for() {
    for way in WAYS {
        let (_, arp) = members().swap_remove(0);
        let inner = half_open(way, ARP, &arp);
        let package = Zip::of([stored("inner.zip", &inner)]).build();
        let password = Password::from(PASSWORD);
        let opened = Package::open_with(package, &Budgets::default(), Some(&password)).unwrap();
        assert_eq!(opened.table("arp").unwrap().rows(), 3, "{way:?}");
        let issues = opened.issues();
        assert!(
            issues.iter().any(|issue| issue.message.contains("another password")),
            "{issues:?}"
        );
        assert!(opened.report().unwrap().needs_a_look());
    }
}

#[test]
fn a_zip_inside_costs_what_it_inflates_to_whatever_the_password() {
    let inner = half_open(Way::ZipCrypto, "noise", &vec![7; 1 << 20]);
    let inside = ["1.zip", "2.zip", "3.zip"].map(|name| stored(name, &inner));
    let package = Zip::of(inside).build();
    let (budgets, password) =
        (Budgets::default().with_total_bytes(3 << 19), Password::from(PASSWORD));
    let opened = Package::open_with(package, &budgets, Some(&password)).unwrap();
    let cut: Vec<_> =
        opened.issues().iter().filter(|issue| issue.kind == IssueKind::OverBudget).collect();
    assert_eq!(cut.len(), 2, "{:?}", opened.issues());
}

#[test]
fn a_wrong_password_that_passes_by_chance_is_told_as_a_wrong_password() {
    let write = |names: &[&str], method| {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for name in names {
            zip.start_file(*name, options(Way::ZipCrypto, PASSWORD).compression_method(method))
                .unwrap();
            zip.write_all(&b"some bytes, some bytes. ".repeat(4)).unwrap();
        }
        zip.finish().unwrap().into_inner()
    };
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let package = write(&["one"], method);
        // Of so many the test of one byte lets about eight pass.
        for wrong in 0..2048 {
            let ended = verify(&package, &format!("wrong {wrong}"));
            assert!(matches!(ended, Err(Error::WrongPassword { .. })), "{wrong}: {ended:?}");
        }
    }
}

#[test]
fn damage_is_told_as_damage_where_the_password_has_shown_itself() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let way = options(Way::ZipCrypto, PASSWORD);
    zip.start_file("noise.bin", way.compression_method(CompressionMethod::Deflated)).unwrap();
    let (_, noise) = members().swap_remove(3);
    zip.write_all(&noise).unwrap();
    let mut package = zip.finish().unwrap().into_inner();
    let late = package.len() * 9 / 10;
    package[late] ^= 0xff;
    let inventory = verify(&package, PASSWORD).unwrap();
    assert!(!inventory.is_whole(), "{inventory:?}");
}

#[test]
fn the_password_is_in_nothing_that_is_printed() {
    let package = write(Way::Aes(AesMode::Aes256), CompressionMethod::Deflated);
    let password = Password::from(PASSWORD);
    let inventory = verify(&package, PASSWORD).unwrap();
    let budgets = Budgets::default();
    let opened = Package::open_with(package, &budgets, Some(&password)).unwrap();
    for text in [
        format!("{password:?} {inventory:?} {opened:?} {:?}", opened.report().unwrap()),
        serde_json::to_string(&inventory).unwrap(),
    ] {
        assert!(!text.contains(PASSWORD));
    }
}
