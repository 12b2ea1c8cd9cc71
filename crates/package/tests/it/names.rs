use mde_forensics_package::{Encoding, Kind, Severity};

use crate::{
    builder::{Zip, stored},
    check::{codes, verify},
};

const UTF8: u16 = 1 << 11;

fn names(names: &[&str]) -> Vec<u8> {
    let entries = names.iter().enumerate().map(|(index, name)| {
        stored(name, &[u8::try_from(index).unwrap()]).with(|header| header.flags |= UTF8)
    });
    Zip::of(entries).build()
}

#[test]
fn a_dangerous_name_is_a_hazard_and_no_damage() {
    for (name, expected) in [
        ("/etc/passwd", "absolute_name"),
        ("evil\u{202e}txt.exe", "bidi_name"),
        ("a\u{7}b", "control_name"),
        ("C:a.txt", "drive_name"),
        ("", "empty_name"),
        ("logs/CON", "reserved_name"),
        ("a.txt:hidden", "stream_name"),
        ("a./b", "trailing_dot_or_space"),
        ("a/../../b", "traversal_name"),
    ] {
        let inventory = verify(&names(&[name]));
        assert_eq!(codes(&inventory), [expected], "{name:?}");
        assert_eq!(inventory.findings[0].severity(), Severity::Hazard);
        assert_eq!(inventory.findings[0].member, Some(0));
        assert!(inventory.is_whole() && inventory.is_verified());
    }
    assert_eq!(codes(&verify(&names(&["a\\b"]))), ["backslash_name"]);
}

#[test]
fn the_same_name_twice_is_found_and_both_are_listed() {
    let inventory = verify(&names(&["a", "b", "a", "a"]));
    assert_eq!(codes(&inventory), ["duplicate_name"]);
    assert_eq!(inventory.counts[&Kind::DuplicateName], 2);
    assert_eq!(inventory.members.len(), 4);
    assert_ne!(inventory.members[0].sha256, inventory.members[2].sha256);
}

#[test]
fn names_that_are_one_file_on_windows_collide() {
    assert_eq!(codes(&verify(&names(&["Dir/A.txt", "dir/a.TXT"]))), ["case_collision"]);
    assert_eq!(codes(&verify(&names(&["É", "é"]))), ["case_collision"]);
    let slashes = verify(&names(&["a/b", "a\\b"]));
    assert_eq!(codes(&slashes), ["backslash_name", "case_collision"]);
}

#[test]
fn names_are_decoded_by_their_flag() {
    let by_default = Zip::of([stored(b"caf\x82.txt", b"")]).build();
    let inventory = verify(&by_default);
    assert_eq!(inventory.members[0].name, "café.txt");
    assert_eq!(inventory.members[0].encoding, Encoding::Cp437);
    assert_eq!(verify(&names(&["日本.txt"])).members[0].name, "日本.txt");

    let invalid = stored(b"a\xff", b"").with(|header| header.flags |= UTF8);
    let inventory = verify(&Zip::of([invalid]).build());
    assert_eq!(codes(&inventory), ["invalid_utf8_name"]);
    assert_eq!(inventory.members[0].raw_name, b"a\xff");
    assert_eq!(serde_json::to_value(&inventory.members[0]).unwrap()["raw_name"], "61ff");
}

#[test]
fn what_is_shown_is_safe_for_a_terminal() {
    let inventory = verify(&names(&["\u{1b}[2J\u{202e}/../x\n"]));
    let shown = inventory.findings.iter().map(|finding| finding.message.as_str());
    for text in shown.chain([inventory.members[0].name.as_str()]) {
        assert!(!text.contains(|c: char| c.is_control() || c == '\u{202e}'), "{text:?}");
    }
}

#[test]
fn a_long_name_is_cut_and_still_compared() {
    let long = "n".repeat(5_000);
    let package = names(&[&long]);
    let inventory = verify(&package);
    assert_eq!(codes(&inventory), ["long_name"]);
    assert_eq!(inventory.members[0].raw_name.len(), 1_024);
    assert!(inventory.members[0].name_is_cut);

    let alike = verify(&names(&[&format!("{long}1"), &format!("{long}2")]));
    assert_eq!(codes(&alike), ["long_name"]);

    let mut lying = stored(&long, b"x");
    lying.local.name[3] = b'm';
    assert!(codes(&verify(&Zip::of([lying]).build())).contains(&"local_header_mismatch"));
}

#[test]
fn a_name_in_an_extra_field_is_found() {
    let mut field = vec![0x75, 0x70, 10, 0, 1];
    field.extend(crc32fast::hash(b"good").to_le_bytes());
    field.extend(b"evil!");
    let entry = stored("good", b"").with(|header| header.extra.clone_from(&field));
    let inventory = verify(&Zip::of([entry]).build());
    assert_eq!(codes(&inventory), ["other_name"]);
    assert!(inventory.findings[0].message.contains("`evil!`"));
}

#[test]
fn names_that_are_utf8_and_not_marked_are_read_as_that_and_noted() {
    let unmarked = |name: &[u8]| verify(&Zip::of([stored(name, b"")]).build());
    let inventory = unmarked("Temp/Jörg_TempDirFiles.txt".as_bytes());
    assert_eq!(inventory.members[0].name, "Temp/Jörg_TempDirFiles.txt");
    assert_eq!(inventory.members[0].encoding, Encoding::Utf8);
    assert_eq!(inventory.members[0].raw_name, "Temp/Jörg_TempDirFiles.txt".as_bytes());
    assert_eq!(codes(&inventory), ["unmarked_utf8_name"]);
    assert_eq!(inventory.findings[0].severity(), Severity::Notice);
    // What code page 437 has for letters is no UTF-8.
    for name in [&b"Gr\x94\xe1e.txt"[..], b"\xe1\x84t", b"plain.txt"] {
        let inventory = unmarked(name);
        assert_eq!(inventory.members[0].encoding, Encoding::Cp437);
        assert_eq!(codes(&inventory), [""; 0]);
    }
    // What could not stand in such a name is as much a hazard as where it is marked.
    assert_eq!(codes(&unmarked("a\u{202e}b".as_bytes())), ["bidi_name", "unmarked_utf8_name"]);
}

#[test]
fn names_that_become_equal_by_how_they_are_read_collide() {
    let marked = stored("Jörg.txt", b"1").with(|header| header.flags |= UTF8);
    let unmarked = || stored("Jörg.txt", b"2");
    let in_cp437 = || stored(b"J\x94rg.txt", b"3");
    let both = |one, other| codes(&verify(&Zip::of([one, other]).build()));
    assert_eq!(both(marked.clone(), unmarked()), ["duplicate_name", "unmarked_utf8_name"]);
    assert_eq!(both(marked, in_cp437()), ["case_collision"]);
    assert_eq!(both(unmarked(), in_cp437()), ["case_collision", "unmarked_utf8_name"]);
}
