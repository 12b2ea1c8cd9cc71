use mde_forensics_package::{Budgets, Digests, Inventory, Kind, Verdict};

use crate::{
    builder::{Zip, deflated, stored},
    check::codes,
};

fn verify(package: &[u8], budgets: Budgets) -> Inventory {
    Inventory::verify(&package, &budgets, Digests::None, |_| ()).unwrap()
}

#[test]
fn members_beyond_the_budget_are_not_listed() {
    let members = (0..10).map(|index| stored(format!("{index}"), b"x"));
    let inventory = verify(&Zip::of(members).build(), Budgets::default().with_entries(7));
    assert_eq!(codes(&inventory), ["too_many_entries"]);
    assert_eq!((inventory.members.len(), inventory.declared_members), (7, 10));
    assert!(inventory.is_whole() && !inventory.is_verified());
}

#[test]
fn a_bomb_is_stopped_by_its_ratio() {
    let bomb = Zip::of([deflated("bomb", &vec![0; 80 << 20]), stored("after", b"x")]).build();
    assert!(verify(&bomb, Budgets::default()).is_verified());
    let inventory = verify(&bomb, Budgets::default().with_ratio_from_bytes(64 << 20));
    assert_eq!(codes(&inventory), ["ratio_bomb"]);
    let [bomb, after] = inventory.members.as_slice() else { panic!("two members") };
    assert_eq!((bomb.verdict, after.verdict), (Verdict::OverBudget, Verdict::Good));
    assert!((64 << 20..65 << 20).contains(&bomb.actual_size.unwrap()));
    assert!(inventory.is_whole() && !inventory.is_verified());
}

#[test]
fn many_small_bombs_are_stopped_together() {
    let bombs = (0..50).map(|index| deflated(format!("{index}"), &vec![0; 100_000]));
    let budgets = Budgets::default().with_package_ratio_from_bytes(1_000_000);
    let inventory = verify(&Zip::of(bombs).build(), budgets);
    assert_eq!(codes(&inventory), ["ratio_bomb"]);
    assert_eq!(inventory.counts[&Kind::RatioBomb], 1);
    let inflated: u64 = inventory.members.iter().filter_map(|member| member.actual_size).sum();
    assert!(inflated < 3_000_000, "{inflated}");
    assert_eq!(inventory.members[49].verdict, Verdict::OverBudget);
}

#[test]
fn the_budget_of_all_bytes_stops_what_comes_after() {
    let members = ["a", "b", "c"].map(|name| stored(name, &[1; 1_000]));
    let inventory = verify(&Zip::of(members).build(), Budgets::default().with_total_bytes(1_500));
    assert_eq!(codes(&inventory), ["over_budget"]);
    let verdicts: Vec<_> = inventory.members.iter().map(|member| member.verdict).collect();
    assert_eq!(verdicts, [Verdict::Good, Verdict::OverBudget, Verdict::OverBudget]);
}

#[test]
fn findings_of_one_kind_are_bounded_and_counted_and_no_kind_is_lost() {
    let members = (0..50).map(|index| {
        let entry = stored(format!("../{index}"), b"x");
        if index == 49 { entry.with(|header| header.crc32 = 0) } else { entry }
    });
    let inventory = verify(&Zip::of(members).build(), Budgets::default().with_findings_per_kind(0));
    assert_eq!(inventory.findings.len(), 2);
    assert_eq!(inventory.counts[&Kind::TraversalName], 50);
    assert!(!inventory.is_whole());
}

#[test]
fn archives_inside_archives_come_to_an_end() {
    let budgets = Budgets::default().with_depth(2);
    let inner = budgets.inside().unwrap();
    assert_eq!(inner.depth, 1);
    assert_eq!(inner.inside(), None);
    assert_eq!(budgets.with_depth(0).inside(), None);
}

#[test]
fn a_reader_stops_at_the_ratio_too() {
    let package = Zip::of([deflated("bomb", &vec![0; 1 << 20])]).build();
    let budgets = Budgets::default().with_ratio(100).with_ratio_from_bytes(1_000);
    let inventory = Inventory::read(&package, &budgets).unwrap();
    let error = inventory.bytes(&package, &inventory.members[0], &budgets).unwrap_err();
    assert_eq!(error.code(), "unreadable");
}

#[test]
fn a_bomb_gains_nothing_by_lying_about_its_compressed_size() {
    let bomb = deflated("bomb", &vec![0; 80 << 20]).with(|header| {
        header.compressed_size = 0x7fff_ffff;
    });
    let budgets = Budgets::default().with_ratio_from_bytes(64 << 20);
    let inventory = verify(&Zip::of([bomb]).build(), budgets);
    assert!(codes(&inventory).contains(&"ratio_bomb"));
}
