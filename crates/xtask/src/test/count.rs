//! Reads how many tests ran from what a test runner prints at the end.

use crate::test::tally::Tally;

/// The tests that cargo-nextest counted, from its line `Summary`; none when there is no such line.
///
/// ```text
///      Summary [   0.520s] 10 tests run: 7 passed (1 slow), 2 failed, 1 timed out, 3 skipped
/// ```
pub(crate) fn nextest(text: &str) -> Tally {
    let mut tally = Tally::default();
    let Some((_, counts)) = summary(text).and_then(|line| line.split_once(" run: ")) else {
        return tally;
    };
    // What stands in brackets is a part of the number before it: `7 passed (1 slow, 1 leaky)`.
    for count in outside_brackets(counts).split(',') {
        let Some((number, what)) = count.trim().split_once(' ') else { continue };
        let number = number.parse::<u64>().unwrap_or_default();
        match what.trim() {
            "passed" => tally.passed += number,
            "skipped" => tally.skipped += number,
            // Failed, timed out, could not be started.
            _ => tally.failed += number,
        }
    }
    tally
}

/// The tests that cargo's own runner counted, over all of its lines `test result`.
///
/// ```text
/// test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.00s
/// ```
pub(crate) fn libtest(text: &str) -> Tally {
    let mut tally = Tally::default();
    let results = text.lines().filter_map(|line| line.strip_prefix("test result: "));
    let counts =
        results.filter_map(|line| line.split_once(". ")).flat_map(|(_, counts)| counts.split("; "));
    for count in counts {
        let Some((number, what)) = count.split_once(' ') else { continue };
        let number = number.parse::<u64>().unwrap_or_default();
        match what {
            "passed" => tally.passed += number,
            "failed" => tally.failed += number,
            "ignored" => tally.skipped += number,
            _ => {}
        }
    }
    tally
}

/// The reasons of the tests, and checks of a script, that found that they cannot run here.
///
/// Each prints one line `SKIPPED: REASON` and passes, for no runner lets it say more.
pub(crate) fn reasons(text: &str) -> Vec<&str> {
    text.lines().map(str::trim).filter(|line| line.starts_with("SKIPPED: ")).collect()
}

/// The count in the last line of pytest: `3 failed, 97 passed, 2 skipped, 1 warning in 8.13s`.
pub(crate) fn pytest(text: &str) -> Tally {
    // From a minute on the line also says the time as a clock does, in brackets.
    let plain = |line| str::trim_matches(line, ['=', ' ']).split(" (").next().unwrap_or_default();
    let mut lines = text.lines().map(plain);
    let line = lines.rfind(|line| line.contains(" in ") && line.ends_with('s')).unwrap_or_default();
    let mut tally = Tally::default();
    for part in line.split(" in ").next().unwrap_or_default().split(", ") {
        let Some((number, what)) = part.split_once(' ') else { continue };
        let Ok(number) = number.parse::<u64>() else { continue };
        match what {
            "passed" | "xfailed" => tally.passed += number,
            "failed" | "error" | "errors" | "xpassed" => tally.failed += number,
            "skipped" => tally.skipped += number,
            _ => {}
        }
    }
    let reasons = text.lines().filter(|line| line.starts_with("SKIPPED ["));
    tally.notes = reasons.map(str::to_owned).collect();
    tally
}

/// The count in the last lines of `node --test` as TAP: `# pass 97`, `# fail 1`, `# skipped 2`.
pub(crate) fn node(text: &str) -> Tally {
    let number = |what: &str| {
        let found = text.lines().rev().find_map(|line| line.strip_prefix(what)?.strip_prefix(' '));
        found.and_then(|number| number.trim().parse::<u64>().ok()).unwrap_or_default()
    };
    let mut tally = Tally {
        passed: number("# pass"),
        failed: number("# fail") + number("# cancelled"),
        skipped: number("# skipped") + number("# todo"),
        ..Tally::default()
    };
    let reason = |line: &str| line.split_once(" # SKIP ").map(|(_, why)| format!("SKIPPED: {why}"));
    tally.notes = text.lines().filter_map(reason).collect();
    tally.notes.dedup();
    tally
}

/// Where the line `Summary` of cargo-nextest ends: what failed stands before it, and after it what
/// every test that passed printed. Without such a line it is the end of the text.
pub(crate) fn end_of_summary(text: &str) -> usize {
    let end = |line: &str| text.rfind(line).map(|start| start + line.len());
    summary(text).and_then(end).unwrap_or(text.len())
}

fn summary(text: &str) -> Option<&str> {
    text.lines().rfind(|line| line.trim_start().starts_with("Summary ["))
}

fn outside_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let keep = |letter: &char| {
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    };
    text.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64, skipped: u64) -> Tally {
        Tally { passed, failed, skipped, ..Tally::default() }
    }

    #[test]
    fn pytest_counts_in_its_last_line() {
        let text = "....F\nSKIPPED [1] tests/a.py:3: no pandas\n\
            ===== 1 failed, 97 passed, 2 skipped, 3 warnings in 8.13s =====\n";
        let tally = pytest(text);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (97, 1, 2));
        assert_eq!(tally.notes, ["SKIPPED [1] tests/a.py:3: no pandas"]);
        assert_eq!(pytest("5 passed in 0.2s").passed, 5);
        assert_eq!(pytest("=== 1130 passed, 4 skipped in 116.82s (0:01:56) ===").passed, 1130);
        assert_eq!(pytest("2 errors in 0.2s").failed, 2);
        assert_eq!(pytest("no tests ran in 0.01s").passed, 0);
    }

    #[test]
    fn node_counts_at_its_end() {
        let text = "not ok 1 - a\nok 2 - b # SKIP no browser\n# tests 5\n# pass 3\n# fail 1\n# cancelled 0\n\
            # skipped 1\n# todo 0\n# duration_ms 12\n";
        let tally = node(text);
        assert_eq!((tally.passed, tally.failed, tally.skipped), (3, 1, 1));
        assert_eq!(tally.notes, ["SKIPPED: no browser"]);
        assert_eq!(node("Error: cannot find module"), Tally::default());
    }

    #[test]
    fn nextest_counts_every_kind_of_end() {
        let text = "        PASS [   0.010s] (1/2) a b\n────\n     Summary [   0.520s] 10 tests run: \
                    7 passed (1 slow, 1 leaky), 1 failed, 1 exec failed, 1 timed out, 3 skipped\n";
        assert_eq!(nextest(text), tally(7, 3, 3));
        assert_eq!(
            nextest("     Summary [   0.1s] 1 test run: 1 passed, 0 skipped"),
            tally(1, 0, 0)
        );
    }

    #[test]
    fn nextest_that_stopped_early_counts_what_ran() {
        let text = "     Summary [   0.520s] 3/10 tests run: 2 passed, 1 failed, 0 skipped\n";
        assert_eq!(nextest(text), tally(2, 1, 0));
    }

    #[test]
    fn libtest_sums_over_the_binaries() {
        let text = "test a ... ok\n\
            test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.00s\n\
            test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n";
        assert_eq!(libtest(text), tally(4, 2, 1));
    }

    #[test]
    fn no_summary_is_no_test() {
        assert_eq!(nextest("error: could not compile"), Tally::default());
        assert_eq!(libtest("error: could not compile"), Tally::default());
    }

    #[test]
    fn what_passed_tests_printed_stands_behind_the_summary() {
        let text = "  FAIL a\n  Summary [ 0.1s] 2 tests run: 1 passed, 1 failed\n  PASS b\n";
        let shown = text.split_at(end_of_summary(text)).0;
        assert!(shown.contains("FAIL a") && shown.ends_with("1 failed"));
        assert_eq!(end_of_summary("error: oops"), "error: oops".len());
    }

    #[test]
    fn a_test_that_skips_itself_gives_its_reason() {
        let text = "    SKIPPED: no sample package\n    it said SKIPPED: once\n";
        assert_eq!(reasons(text), ["SKIPPED: no sample package"]);
    }
}
