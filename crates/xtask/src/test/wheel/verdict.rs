use crate::{
    failure::Failure,
    process::Ended,
    test::{
        count,
        tally::{Broken, Tally},
    },
};

/// What a run of pytest came to.
#[derive(Debug)]
pub(super) struct Tested {
    pub(super) ended: Ended,
    /// Why a part of it did not run.
    pub(super) notes: Vec<String>,
}

/// The count of the runs, each with its Python, and of the sdist. All that failed is told.
pub(super) fn verdict(
    runs: Vec<(String, Result<Tested, Failure>)>,
    source: Result<(), Failure>,
) -> Result<Tally, Broken> {
    let mut tally = Tally::default();
    let mut texts = Vec::new();
    for (python, run) in runs {
        let Tested { ended, notes } = match run {
            Ok(tested) => tested,
            Err(failure) => {
                tally.failed += 1;
                texts.push(failure.to_string());
                continue;
            }
        };
        let mut found = count::pytest(&ended.text);
        if !ended.success || found.passed == 0 {
            found.failed = found.failed.max(1);
            texts.push(ended.failure().to_string());
        }
        let reasons = notes.iter().chain(&found.notes);
        tally.notes.extend(reasons.map(|note| format!("Python {python}: {note}")));
        tally.add(&found);
    }
    match source {
        Ok(()) => tally.passed += 1,
        Err(failure) => {
            tally.failed += 1;
            texts.push(failure.to_string());
        }
    }
    if texts.is_empty() {
        return Ok(tally);
    }
    Err(Broken { tally, failure: Failure::new(texts.join("\n")) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tested(success: bool, text: &str) -> Tested {
        let ended = Ended { success, line: "pytest".to_owned(), text: text.to_owned() };
        Tested { ended, notes: vec!["SKIPPED: no wheel".to_owned()] }
    }

    #[test]
    fn an_sdist_that_fails_hides_no_test_that_failed() {
        let runs = vec![
            ("3.9".to_owned(), Ok(tested(false, "1 failed, 7 passed in 2.00s\n"))),
            ("3.13".to_owned(), Err(Failure::new("no environment"))),
        ];
        let broken = verdict(runs, Err(Failure::new("no sdist"))).unwrap_err();
        assert_eq!((broken.tally.passed, broken.tally.failed), (7, 3));
        let text = broken.failure.to_string();
        for told in ["1 failed", "no environment", "no sdist"] {
            assert!(text.contains(told), "{told}: {text}");
        }
    }

    #[test]
    fn what_was_skipped_is_told_with_its_python() {
        let text = "SKIPPED [1] tests/x.py:1: no pandas\n7 passed, 1 skipped in 2.00s\n";
        let tally = verdict(vec![("3.9".to_owned(), Ok(tested(true, text)))], Ok(())).unwrap();
        assert_eq!((tally.passed, tally.skipped), (8, 1));
        assert_eq!(
            tally.notes,
            ["Python 3.9: SKIPPED: no wheel", "Python 3.9: SKIPPED [1] tests/x.py:1: no pandas"]
        );
    }

    #[test]
    fn a_run_of_nothing_has_failed() {
        let runs = vec![("3.9".to_owned(), Ok(tested(true, "no tests ran in 0.01s\n")))];
        assert_eq!(verdict(runs, Ok(())).unwrap_err().tally.failed, 1);
    }
}
