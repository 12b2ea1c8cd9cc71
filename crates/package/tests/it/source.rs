use std::io;

use mde_forensics_package::{Budgets, Digests, Error, Inventory, IssueKind, Package, Source, Work};

use crate::builder::{Zip, deflated, stored};

/// Gives one byte at a time, says `Interrupted` in between, and fails from `fails_at` on.
struct Slow {
    bytes: Vec<u8>,
    fails_at: u64,
    calls: std::cell::Cell<u64>,
}

impl Source for Slow {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get().is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.calls.get() > self.fails_at {
            return Err(io::Error::other("the disk is gone"));
        }
        let end = buf.len().min(1);
        self.bytes.read_at(offset, &mut buf[..end])
    }
}

fn package() -> Vec<u8> {
    Zip::of([stored("a", b"some bytes"), deflated("b", &[7; 999])]).build()
}

#[test]
fn a_source_may_be_slow() {
    let bytes = package();
    let slow = Slow { bytes: bytes.clone(), fails_at: u64::MAX, calls: 0.into() };
    let inventory = Inventory::verify(&slow, &Budgets::default(), Digests::Sha256, |_| ()).unwrap();
    assert!(inventory.is_verified());
    assert_eq!(inventory.members, crate::check::verify(&bytes).members);
}

#[test]
fn a_source_that_fails_at_any_call_is_an_error() {
    let bytes = package();
    let whole = Slow { bytes: bytes.clone(), fails_at: u64::MAX, calls: 0.into() };
    Inventory::verify(&whole, &Budgets::default(), Digests::None, |_| ()).unwrap();
    for fails_at in 0..whole.calls.get() - 1 {
        let slow = Slow { bytes: bytes.clone(), fails_at, calls: 0.into() };
        let error = Inventory::verify(&slow, &Budgets::default(), Digests::None, |_| ());
        assert_eq!(error.unwrap_err().code(), "read_failed", "{fails_at}");
    }
}

/// Says that it is longer than it is, or that it read more than it was asked for.
struct Liar(Vec<u8>, usize);

impl Source for Liar {
    fn len(&self) -> u64 {
        self.0.len() as u64 + 10
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read_at(offset, buf)? + self.1)
    }
}

#[test]
fn a_source_that_lies_is_an_error() {
    for excess in [0, 1_000_000] {
        let error = Inventory::read(&Liar(package(), excess), &Budgets::default()).unwrap_err();
        let Error::ReadFailed { source, .. } = &error else { panic!("{error}") };
        assert_eq!(source.kind(), io::ErrorKind::UnexpectedEof);
    }
}

#[test]
fn slices_and_references_are_sources() {
    let bytes = package();
    let slice = bytes.as_slice();
    let budgets = Budgets::default();
    assert_eq!(Inventory::read(&slice, &budgets).unwrap().members.len(), 2);
    assert_eq!(Inventory::read(&&bytes, &budgets).unwrap().members.len(), 2);
    assert!(!Source::is_empty(&slice) && Source::is_empty(&Vec::new()));
    assert_eq!(bytes.read_at(u64::MAX, &mut [0]).unwrap(), 0);
}

/// Keeps what is taken up, and never lets one thing be.
struct Wary {
    bytes: Vec<u8>,
    refused: Option<(Work, &'static str)>,
    taken_up: std::cell::RefCell<Vec<(Work, String)>>,
    is_up: std::cell::Cell<bool>,
}

impl Source for Wary {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.bytes.read_at(offset, buf)
    }

    fn take_up(&self, work: Work, member: &str) -> bool {
        assert!(!self.is_up.get(), "something else is taken up while {work:?} {member} goes on");
        if self.refused == Some((work, member)) {
            return false;
        }
        self.taken_up.borrow_mut().push((work, member.to_owned()));
        self.is_up.set(true);
        true
    }

    fn put_down(&self) {
        self.is_up.set(false);
    }
}

/// Fails once an inner archive is taken up, unless that is put down again.
struct Fails {
    bytes: Vec<u8>,
    is_up: std::cell::Cell<bool>,
}

impl Source for Fails {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        if self.is_up.get() {
            return Err(io::Error::other("the disk is gone"));
        }
        self.bytes.read_at(offset, buf)
    }

    fn take_up(&self, work: Work, _: &str) -> bool {
        self.is_up.set(work == Work::Open);
        true
    }

    fn put_down(&self) {
        self.is_up.set(false);
    }
}

#[test]
fn what_was_taken_up_is_put_down_where_the_source_fails() {
    let inner = Zip::of([stored("a.txt", b"text")]).build();
    let bytes = Zip::of([stored(INNER, &inner)]).build();
    let source = Fails { bytes, is_up: false.into() };
    assert!(matches!(Package::open(&source, &Budgets::default()), Err(Error::ReadFailed { .. })));
    assert!(!source.is_up.get());
}

const ARP: &str = "Network Connections/Arp.txt";
const INNER: &str = "logs.zip";

fn wary(refused: Option<(Work, &'static str)>) -> Package<Wary> {
    let arp = b"\nInterface: 10.0.0.1 --- 0x4\n  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n";
    let host = b"\r\nHost Name:                 WS-042\r\n";
    let inner = Zip::of([stored("SMB Session/Summary.txt", b"text\r\n")]).build();
    let bytes =
        Zip::of([stored("SystemInformation.txt", host), deflated(ARP, arp), stored(INNER, &inner)])
            .build();
    let wary = Wary { bytes, refused, taken_up: Vec::new().into(), is_up: false.into() };
    Package::open(wary, &Budgets::default()).unwrap()
}

#[test]
fn a_source_hears_of_each_member_that_is_taken_up() {
    let source = wary(None);
    let rows = |package: &Package<Wary>, table| package.table(table).unwrap().rows();
    assert_eq!((rows(&source, "arp"), rows(&source, "smb")), (1, 1));
    assert!(
        source.table("members").unwrap().rows() == 4
            && source.extract(source.locate(ARP).unwrap(), &mut |_| Ok(())).is_ok()
    );
    assert_eq!(source.device(), Some("WS-042"));
}

#[test]
fn what_a_source_refuses_is_left_alone_and_named() {
    for (work, member) in [
        (Work::Check, ARP),
        (Work::Read, ARP),
        (Work::Extract, ARP),
        (Work::Survey, "SystemInformation.txt"),
        (Work::Open, INNER),
    ] {
        let package = wary(Some((work, member)));
        let arp = package.table("arp").unwrap();
        let report = package.report().unwrap();
        let told = report.issues.iter().filter(|issue| issue.kind == IssueKind::ReaderFailed);
        let told: Vec<_> = told.filter_map(|issue| issue.member.as_deref()).collect();
        assert_eq!(arp.rows(), usize::from((work, member) != (Work::Read, ARP)), "{work:?}");
        assert_eq!(arp.is_partial, work == Work::Read, "{work:?}");
        assert_eq!(package.table("smb").unwrap().rows(), usize::from(work != Work::Open));
        assert_eq!(package.device().is_some(), work != Work::Survey);
        assert_eq!(package.is_whole(), (work != Work::Check).then_some(true));
        assert!(report.needs_a_look() || work == Work::Extract);
        let index = package.locate(ARP).unwrap();
        assert_eq!(package.extract(index, &mut |_| Ok(())).is_err(), work == Work::Extract);
        let is_issue = matches!(work, Work::Open | Work::Read | Work::Survey);
        assert_eq!(told, if is_issue { vec![member] } else { Vec::new() }, "{work:?}");
    }
}
