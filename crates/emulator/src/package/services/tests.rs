//! The agent's damage undone, by the rule that was published for it and not by our own code.

use time::macros::datetime;

use super::*;
use crate::package::PackageSpec;

/// The line as it was, or nothing when the damaged cell cannot be found.
fn restore(line: &str) -> Option<String> {
    let end = ["Auto", "Manual", "Disabled", "Boot", "System", "Unknown"]
        .iter()
        .filter_map(|mode| {
            let pattern = format!("'{mode}'\",\"Win32_ComputerSystem\",");
            Some(line.find(&pattern)? + mode.len() + 3)
        })
        .min()?;
    let (damaged, tail) = line.split_at(end);
    let pieces: Vec<&str> = damaged.splitn(8, ',').collect();
    let (cell, head) = pieces.split_last().filter(|(_, head)| head.len() == 7)?;
    let cell = cell.strip_prefix('"')?.strip_suffix('"')?.replace('\'', "\"");
    Some(format!("{},{cell}{tail}", head.join(",")))
}

fn commas_before_start_mode(service: &Service) -> usize {
    service.display.matches(',').count() + service.description.matches(',').count()
}

#[test]
fn the_published_inverse_recovers_every_line() {
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let spec = PackageSpec::new(seed, "ws-1.example.com", datetime!(2026-01-02 03:04:05 UTC));
        let host = Host::invent(&spec);
        let services = list(&host);
        let bytes = csv(&host, &services);
        let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap()).unwrap();
        let mut lines = text.split("\r\n");
        assert_eq!(lines.next().unwrap().split(',').count(), 27);
        for service in &services {
            let damaged = lines.next().unwrap();
            assert_eq!(restore(damaged).as_deref(), Some(line(&host, service).as_str()));
            seen.insert(commas_before_start_mode(service));
        }
        assert_eq!(lines.next(), Some(""));
        assert_eq!(lines.next(), None);
    }
    assert_eq!(seen, (0..=8).collect());
}

#[test]
fn a_plain_csv_reader_finds_the_wrong_width_but_for_one_or_six_that_look_right() {
    let spec = PackageSpec::new(3, "ws-1.example.com", datetime!(2026-01-02 03:04:05 UTC));
    let host = Host::invent(&spec);
    for service in list(&host) {
        let damaged = agent::rewrite(&line(&host, &service));
        let mut is_quoted = false;
        let separators = damaged.bytes().filter(|byte| {
            is_quoted ^= *byte == b'"';
            *byte == b',' && !is_quoted
        });
        let width = separators.count() + 1;
        match commas_before_start_mode(&service) {
            0 => assert_eq!(width, 27),
            merged @ 1..=5 => assert_eq!(width, 27 - merged),
            _ => {}
        }
    }
}
