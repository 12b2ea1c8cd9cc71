//! Each damage is there, and nothing else is wrong.

use super::unzip::{extract, list, member};
use super::*;

fn damaged(damage: Damage) -> Package {
    let mut spec = spec(6);
    spec.damage = Some(damage);
    Package::generate(&spec)
}

fn names(package: &Package) -> Vec<String> {
    list(package).into_iter().map(|entry| entry.name).collect()
}

#[test]
fn every_kind_has_a_name_and_changes_the_package() {
    let sound = Package::generate(&spec(6));
    for damage in Damage::ALL {
        let name = serde_json::to_value(damage).unwrap();
        assert!(name.as_str().unwrap().bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        assert_eq!(serde_json::from_value::<Damage>(name).unwrap(), *damage);
        let package = damaged(*damage);
        assert!(!package.is_empty());
        assert_ne!(bytes(&package), bytes(&sound), "{damage:?}");
    }
}

#[test]
fn names_that_lead_astray_are_in_the_directory() {
    let has = |damage, name: &str| names(&damaged(damage)).iter().any(|other| other == name);
    assert!(has(Damage::AbsoluteName, "/etc/cron.d/evil"));
    assert!(has(Damage::BackslashNames, r"Processes\Processes.csv"));
    assert!(has(Damage::BidiName, "Processes/Processes\u{202e}vsc.exe"));
    assert!(has(Damage::CaseCollision, "processes/PROCESSES.CSV"));
    assert!(has(Damage::ReservedName, "CON"));
    assert!(has(Damage::Symlink, "Autoruns/link"));
    assert!(has(Damage::TraversalName, "../../evil.txt"));
    assert!(has(Damage::WrappingFolder, "InvestigationPackage/Processes/Processes.csv"));
    assert!(!has(Damage::MissingSummary, "Forensics Collection Summary.csv"));
    let twice = names(&damaged(Damage::DuplicateName));
    assert_eq!(twice.iter().filter(|name| *name == "Processes/Processes.csv").count(), 2);
}

#[test]
fn headers_lie_about_one_member_alone() {
    let services = |damage| {
        let package = damaged(damage);
        let entries = list(&package);
        for entry in entries.iter().filter(|entry| !entry.name.starts_with("Services/")) {
            extract(&package, entry);
        }
        entries.into_iter().find(|entry| entry.name == "Services/Services.csv").unwrap()
    };
    let sound = list(&Package::generate(&spec(6)));
    let sound = sound.iter().find(|entry| entry.name == "Services/Services.csv").unwrap();
    assert_ne!(services(Damage::BadCrc).crc, sound.crc);
    assert_ne!(services(Damage::LyingSize).size, sound.size);
    assert_eq!(services(Damage::UnknownMethod).method, 77);
}

#[test]
fn two_members_share_their_data() {
    let entries = list(&damaged(Damage::Overlap));
    let at = |name: &str| entries.iter().find(|entry| entry.name == name).unwrap().offset;
    assert_eq!(at("Services/Services.csv"), at("Services/Again.csv"));
}

#[test]
fn the_bomb_is_small_and_inflates_to_its_size_and_checksum() {
    use std::io::Read as _;

    let package = damaged(Damage::Bomb);
    let entries = list(&package);
    let bomb = entries.iter().find(|entry| entry.name == "Temp Directories/zeros.txt").unwrap();
    assert_eq!(bomb.size, 4 << 30);
    assert!(bomb.packed < 8 << 20);
    let mut packed = vec![0; usize::try_from(bomb.packed).unwrap()];
    let _ = package.read_at(bomb.offset + 30 + 26 + 20, &mut packed);
    let mut inflated = flate2::read::DeflateDecoder::new(packed.as_slice());
    let mut first = vec![1; 3 << 20];
    inflated.read_exact(&mut first).unwrap();
    assert!(first.iter().all(|byte| *byte == 0));
}

#[test]
fn what_is_cut_or_replaced_has_no_directory() {
    for damage in [Damage::NoCentralDirectory, Damage::Truncated] {
        let bytes = bytes(&damaged(damage));
        assert!(bytes.starts_with(b"PK\x03\x04"));
        assert!(!bytes.windows(4).any(|four| four == b"PK\x05\x06"), "{damage:?}");
    }
    for damage in [Damage::Html, Damage::NotAZip, Damage::Xml] {
        assert!(!bytes(&damaged(damage)).starts_with(b"PK"));
    }
    assert!(list(&damaged(Damage::EmptyZip)).is_empty());
    let sound = bytes(&Package::generate(&spec(6)));
    assert!(bytes(&damaged(Damage::LeadingGarbage)).ends_with(&sound));
    assert!(bytes(&damaged(Damage::TrailingGarbage)).starts_with(&sound));
}

#[test]
fn an_encrypted_member_says_so_in_both_headers() {
    let package = damaged(Damage::EncryptedFlag);
    let entries = list(&package);
    let entry = entries.iter().find(|entry| entry.name == "Services/Services.csv").unwrap();
    let mut flags = [0; 2];
    let _ = package.read_at(entry.offset + 6, &mut flags);
    assert_eq!(flags[0] & 1, 1);
    assert!(!member(&package, "Processes/Processes.csv").is_empty());
}
