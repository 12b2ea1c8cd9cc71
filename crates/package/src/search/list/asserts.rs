use crate::read_indicators;

/// A list of one line is understood as these.
#[track_caller]
pub(in crate::search) fn assert_found(list: &str, expected: &[&str]) {
    let read = read_indicators(list);
    let found: Vec<_> = read.found.iter().map(|own| own.value.as_str()).collect();
    assert_eq!((found.as_slice(), read.unusable), (expected, vec![]), "{list}");
}

/// A list of one line is told as unusable.
#[track_caller]
pub(in crate::search) fn assert_told(list: &str) {
    let read = read_indicators(list);
    assert_eq!((read.found.len(), read.unusable.len()), (0, 1), "{list}: {read:?}");
}
