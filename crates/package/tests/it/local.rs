use mde_forensics_package::Verdict;

use crate::{
    builder::{Entry, Header, Zip, deflated, stored},
    check::{codes, verify},
};

fn one(entry: Entry) -> Vec<u8> {
    Zip::of([entry]).build()
}

#[test]
fn a_local_header_that_lies_is_damage() {
    let changes: [fn(&mut Header); 7] = [
        |header| header.name[0] ^= 1,
        |header| header.method = 0,
        |header| header.flags |= 1,
        |header| header.flags |= 8,
        |header| header.crc32 ^= 1,
        |header| header.size += 1,
        |header| header.compressed_size -= 1,
    ];
    for (case, change) in changes.iter().enumerate() {
        let mut entry = deflated("a.txt", &[b'a'; 100]);
        change(&mut entry.local);
        let inventory = verify(&one(entry));
        assert_eq!(codes(&inventory), ["local_header_mismatch"], "case {case}");
        assert!(!inventory.is_whole());
        assert_eq!(inventory.members[0].verdict, Verdict::Good, "case {case}");
    }
}

#[test]
fn another_time_or_hint_is_a_notice() {
    let changes: [fn(&mut Header); 3] =
        [|header| header.time ^= 1, |header| header.date ^= 1, |header| header.flags |= 1 << 11];
    for change in changes {
        let mut entry = stored("a.txt", b"a");
        change(&mut entry.local);
        let inventory = verify(&one(entry));
        assert_eq!(codes(&inventory), ["local_header_differs"]);
        assert!(inventory.is_verified());
    }
}

#[test]
fn a_missing_local_header_is_damage() {
    let mut entry = stored("a", b"a");
    entry.offset = Some(3);
    let inventory = verify(&one(entry.clone()));
    assert!(codes(&inventory).contains(&"local_header_missing"));
    assert_eq!(inventory.members[0].verdict, Verdict::BadData);
    entry.offset = Some(0x7fff_ffff);
    let inventory = verify(&one(entry));
    assert!(codes(&inventory).contains(&"truncated"));
    assert_eq!(inventory.members[0].verdict, Verdict::Truncated);
}

#[test]
fn every_form_of_data_descriptor_is_read() {
    for (has_signature, is_wide) in [(true, false), (true, true), (false, false), (false, true)] {
        let members = ["a", "b"].map(|name| {
            deflated(name, b"some text, some text").with_descriptor(has_signature, is_wide)
        });
        let inventory = verify(&Zip::of(members).build());
        assert_eq!(codes(&inventory), Vec::<&str>::new(), "{has_signature} {is_wide}");
        assert!(inventory.is_verified());
    }
}

#[test]
fn an_empty_member_with_a_descriptor_is_read() {
    for is_wide in [false, true] {
        let members = ["a", "b"].map(|name| deflated(name, b"").with_descriptor(false, is_wide));
        assert_eq!(codes(&verify(&Zip::of(members).build())), Vec::<&str>::new());
    }
}

#[test]
fn a_descriptor_that_lies_or_is_missing_is_damage() {
    let mut lying = stored("a", b"a").with_descriptor(true, false);
    lying.descriptor[4] ^= 1;
    assert_eq!(codes(&verify(&one(lying))), ["descriptor_mismatch"]);
    let mut missing = stored("a", b"a").with_descriptor(true, false);
    missing.descriptor.clear();
    assert_eq!(codes(&verify(&one(missing))), ["descriptor_mismatch"]);
}

#[test]
fn extra_fields_that_overrun_are_a_hazard() {
    let mut entry = stored("a", b"a");
    entry.local.extra = vec![9, 0, 200, 0, 1];
    assert_eq!(codes(&verify(&one(entry.clone()))), ["extra_field"]);
    entry.central.extra = vec![9, 0];
    assert_eq!(codes(&verify(&one(entry))), ["extra_field"]);
}

#[test]
fn a_member_that_needs_zip64_and_has_none_is_damage() {
    let mut entry = stored("a", b"a");
    entry.central.size = u32::MAX;
    assert!(codes(&verify(&one(entry))).contains(&"zip64_mismatch"));
    let mut entry = stored("a", b"a");
    entry.local.size = u32::MAX;
    assert!(codes(&verify(&one(entry))).contains(&"zip64_mismatch"));
}

#[test]
fn zip64_fields_of_small_members_are_read() {
    let mut entry = stored("a", b"abc");
    entry = entry.with(|header| {
        (header.size, header.compressed_size) = (u32::MAX, u32::MAX);
        header.extra = [1, 0, 16, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0].to_vec();
    });
    let inventory = verify(&one(entry));
    assert_eq!(codes(&inventory), Vec::<&str>::new());
    assert_eq!(inventory.members[0].size, 3);
    assert!(inventory.is_verified());
}

#[test]
fn special_files_are_hazards() {
    for (made_by, attributes, expected) in [
        (0x0314, 0o120_777 << 16, "symbolic_link"),
        (0x1314, 0o120_777 << 16, "symbolic_link"),
        (0x0314, 0o020_666 << 16, "device_entry"),
        (0x0314, 0o060_666 << 16, "device_entry"),
        (0x0314, 0o010_666 << 16, "device_entry"),
        (0x0314, 0o140_666 << 16, "device_entry"),
        (0x0014, 0x0400, "symbolic_link"),
    ] {
        let entry = Entry { made_by, attributes, ..stored("a", b"/etc/passwd") };
        assert_eq!(codes(&verify(&one(entry))), [expected], "{attributes:o}");
    }
    for (made_by, attributes) in
        [(0x0314, 0o100_644 << 16), (0x0314, 0o040_755 << 16), (0x0014, 0x20)]
    {
        let entry = Entry { made_by, attributes, ..stored("a", b"a") };
        assert_eq!(codes(&verify(&one(entry))), Vec::<&str>::new());
    }
}

#[test]
fn comments_folders_with_bytes_and_other_disks_are_found() {
    let entry = Entry { comment: b"hello".to_vec(), ..stored("a", b"a") };
    assert_eq!(codes(&verify(&one(entry))), ["comment"]);
    let folder = verify(&one(stored("a/", b"a")));
    assert_eq!(codes(&folder), ["directory_with_data"]);
    assert_eq!(folder.members[0].verdict, Verdict::Good);
    let entry = Entry { disk: 2, ..stored("a", b"a") };
    assert_eq!(codes(&verify(&one(entry))), ["multi_disk"]);
}

#[test]
fn values_told_later_may_be_zero_before_but_nothing_else() {
    let changes: [fn(&mut Header); 3] =
        [|header| header.crc32 = 1, |header| header.size = 1, |header| header.compressed_size = 1];
    for change in changes {
        let mut entry = deflated("a", b"some text").with_descriptor(true, false);
        change(&mut entry.local);
        assert_eq!(codes(&verify(&one(entry))), ["local_header_mismatch"]);
    }
}
