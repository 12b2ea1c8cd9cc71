mod node;

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use super::*;

const NODE: &str = "1@elsewhere 1767607200000 pid:[4026531836] 0b9f";
const RACERS: usize = 8;
const ROUNDS: usize = 50;
const CRASHED: &str = "1@elsewhere pid:[4026531836] 0b9f os\n";

fn take(folder: &TempDir, who: &str) -> io::Result<Option<FolderLock>> {
    FolderLock::take(&folder.path().join("ledger"), &nonce(who))
}

/// A GUID derived from a name.
fn nonce(who: &str) -> String {
    let number = who.bytes().fold(0_u64, |number, byte| number << 8 | u64::from(byte));
    format!("00000000-0000-4000-8000-{number:012x}")
}

/// Creates a lock file with this text that is `age` seconds old.
fn left(folder: &TempDir, text: &str, age: u64) -> PathBuf {
    let path = folder.path().join("ledger.lock");
    fs::write(&path, text).unwrap();
    let written = SystemTime::now() - Duration::from_secs(age);
    File::options().write(true).open(&path).unwrap().set_modified(written).unwrap();
    path
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn it_is_there_for_as_long_as_it_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let lock = take(&folder, "one").unwrap().unwrap();
    assert_eq!(names(&folder), ["ledger.lock"]);
    assert!(take(&folder, "other").unwrap().is_none());
    assert_eq!(names(&folder), ["ledger.lock"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;

        let text = fs::read_to_string(&lock.path).unwrap();
        assert!(text.starts_with(&format!("{}@", std::process::id())), "{text}");
        assert!(text.ends_with(&format!(" {} os\n", nonce("one"))), "{text}");
        let mode = fs::metadata(&lock.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    drop(lock);
    assert!(names(&folder).is_empty());
    assert!(take(&folder, "other").unwrap().is_some());
}

#[test]
fn what_a_crash_left_is_taken_over_at_once() {
    for rest in ["", "longer, and written over in part\n"] {
        let folder = tempfile::tempdir().unwrap();
        let path = left(&folder, &format!("{CRASHED}{rest}{rest}{rest}{rest}"), 0);
        let lock = take(&folder, "one").unwrap().unwrap();
        assert!(take(&folder, "other").unwrap().is_none());
        #[cfg(unix)]
        assert_eq!(fs::read_to_string(&path).unwrap(), lock.text);
        drop(lock);
        assert!(!path.exists());
    }
}

#[test]
fn what_is_of_node_or_of_nobody_is_left_alone_until_it_is_old() {
    for text in [&format!("{NODE}\n"), NODE, "1@elsewhere\n", "", "\0\0", "os", " os"] {
        let folder = tempfile::tempdir().unwrap();
        let path = left(&folder, text, 110);
        assert!(take(&folder, "one").unwrap().is_none(), "{text:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert_eq!(names(&folder), ["ledger.lock"]);
        left(&folder, text, 130);
        let lock = take(&folder, "one").unwrap().unwrap();
        assert_eq!(names(&folder), ["ledger.lock"]);
        drop(lock);
        assert!(names(&folder).is_empty());
    }
}

/// A sleeping process that ends with the test.
#[cfg(unix)]
struct Asleep(std::process::Child);

#[cfg(unix)]
impl Asleep {
    fn start() -> Self {
        Self(std::process::Command::new("sleep").arg("60").spawn().unwrap())
    }
}

#[cfg(unix)]
impl Drop for Asleep {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn a_node_that_was_asleep_has_it_still() {
    let folder = tempfile::tempdir().unwrap();
    let host = rustix::system::uname();
    let host = host.nodename().to_str().unwrap();
    let node = Asleep::start();
    let text = format!("{}@{host} 1767607200000 0b9f\n", node.0.id());
    left(&folder, &text, 9_999);
    assert!(take(&folder, "one").unwrap().is_none());
    // In another container the pid is another process's.
    left(&folder, &text.replace("0b9f", "pid:[1] 0b9f"), 9_999);
    drop(take(&folder, "one").unwrap().unwrap());
    left(&folder, &text, 9_999);
    drop(node);
    drop(take(&folder, "one").unwrap().unwrap());
    // A process that is known to have ended blocks for a shorter time than an unknown one.
    left(&folder, &text, 20);
    assert!(take(&folder, "one").unwrap().is_none());
    left(&folder, &text, 40);
    assert!(take(&folder, "one").unwrap().is_some());
}

#[cfg(unix)]
#[test]
fn a_lock_that_another_made_in_its_place_is_not_removed() {
    let folder = tempfile::tempdir().unwrap();
    let lock = take(&folder, "one").unwrap().unwrap();
    fs::remove_file(&lock.path).unwrap();
    let other = take(&folder, "other").unwrap().unwrap();
    drop(lock);
    assert_eq!(fs::read_to_string(&other.path).unwrap(), other.text);
}

/// Each winner keeps the lock until all have tried, so there must be exactly one.
#[test]
fn of_many_who_find_one_left_behind_one_has_it() {
    let node = format!("{NODE}\n");
    for (text, age) in [(node.as_str(), 9_999), ("", 9_999), (CRASHED, 0)] {
        for round in 0..ROUNDS {
            let folder = tempfile::tempdir().unwrap();
            left(&folder, text, age);
            let start = Barrier::new(RACERS);
            let race = |racer: usize| {
                start.wait();
                take(&folder, &racer.to_string()).unwrap()
            };
            let held: Vec<FolderLock> = thread::scope(|scope| {
                let racers: Vec<_> =
                    (0..RACERS).map(|racer| scope.spawn(move || race(racer))).collect();
                racers.into_iter().filter_map(|racer| racer.join().unwrap()).collect()
            });
            assert_eq!(held.len(), 1, "{text:?}, round {round}");
            assert_eq!(names(&folder), ["ledger.lock"]);
            drop(held);
            assert!(names(&folder).is_empty());
        }
    }
}

/// A process that saw an abandoned lock, but clears it only after another has taken it, must not
/// let a third one in.
#[test]
fn a_late_one_moves_no_lock_that_is_held() {
    let folder = tempfile::tempdir().unwrap();
    let lock = take(&folder, "one").unwrap().unwrap();
    // The late process saw that it was old.
    let long_ago = SystemTime::now() - Duration::from_secs(9_999);
    lock.held.as_ref().unwrap().file.set_modified(long_ago).unwrap();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        for third in ["three", "four"] {
            let (folder, is_done) = (&folder, &is_done);
            scope.spawn(move || {
                while !is_done.load(Ordering::Relaxed) {
                    assert!(take(folder, third).unwrap().is_none());
                }
            });
        }
        let clear = |_| cleared(&lock.path, NODE.as_bytes(), &nonce("two")).map(drop);
        let ended = (0..2_000).try_for_each(clear);
        // Otherwise the others would never end.
        is_done.store(true, Ordering::Relaxed);
        ended.unwrap();
    });
    assert!(place::is_at(&lock.held.as_ref().unwrap().file, &lock.path).unwrap());
}

/// Another process looked at the old lock and removes whatever has the name by now; then Node
/// creates it anew.
#[cfg(unix)]
#[test]
fn who_may_still_remove_it_is_waited_for() {
    for is_there in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path =
            if is_there { left(&folder, CRASHED, 0) } else { folder.path().join("ledger.lock") };
        let taken = marked(&path, &nonce("two"), |_| {
            thread::scope(|scope| {
                let taking = scope.spawn(|| take(&folder, "one"));
                let is_taken = || fs::read_to_string(&path).is_ok_and(|text| text != CRASHED);
                while !is_taken() && !taking.is_finished() {
                    thread::yield_now();
                }
                fs::remove_file(&path)?;
                fs::write(&path, format!("{NODE}\n"))?;
                fs::remove_file(beside(&path, &nonce("two")))?;
                taking.join().unwrap()
            })
        });
        assert!(taken.unwrap().is_none());
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{NODE}\n"));
        assert_eq!(names(&folder), ["ledger.lock"]);
    }
}

#[test]
fn who_does_not_go_on_is_not_waited_for_without_end() {
    for text in [CRASHED, ""] {
        let folder = tempfile::tempdir().unwrap();
        let mark = beside(&left(&folder, text, 130), &nonce("two"));
        fs::rename(folder.path().join("ledger.lock"), &mark).unwrap();
        drop(take(&folder, "one").unwrap().unwrap());
        assert!(names(&folder).is_empty(), "it was left behind");
        fs::write(&mark, text).unwrap();
        let error = take(&folder, "one").unwrap_err().to_string();
        let name = format!("ledger.lock.{}", nonce("two"));
        assert!(error.contains("remove `") && error.contains(&name), "{error}");
        assert_eq!(names(&folder), [name]);
    }
}

#[test]
fn what_somebody_keeps_beside_it_is_no_mark() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(&folder, CRASHED, 9_999);
    fs::rename(&path, beside(&path, "sha256")).unwrap();
    fs::create_dir(beside(&path, &nonce("folder"))).unwrap();
    fs::write(beside(&path, &nonce("large")), vec![0; 4_096]).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/dev/zero", beside(&path, &nonce("link"))).unwrap();
    let before = names(&folder).len();
    drop(take(&folder, "one").unwrap().unwrap());
    assert_eq!(names(&folder).len(), before);
}

#[test]
fn a_mark_is_there_for_as_long_as_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(&folder, NODE, 0);
    let marks = marked(&path, &nonce("one"), |_| Ok(names(&folder).len()));
    assert_eq!((marks.unwrap(), names(&folder).len()), (2, 1));
    marked(&path, &nonce("one"), |_| fs::read_dir(&path).map(drop)).unwrap_err();
    assert_eq!(names(&folder), ["ledger.lock"]);
}

#[cfg(unix)]
#[test]
fn what_has_lost_its_name_is_not_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = left(&folder, CRASHED, 0);
    let file = File::open(&path).unwrap();
    assert!(place::is_at(&file, &path).unwrap());
    fs::rename(&path, folder.path().join("aside")).unwrap();
    assert!(!place::is_at(&file, &path).unwrap());
    fs::write(&path, CRASHED).unwrap();
    assert!(!place::is_at(&file, &path).unwrap());
}

#[test]
fn it_is_written_time_and_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.lock");
    fs::write(&path, "").unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    let held = Held::new(file, "text".to_owned(), Duration::from_millis(1)).unwrap();
    let is_written = (0..60_000).any(|_| {
        thread::sleep(Duration::from_millis(1));
        fs::read(&path).unwrap() == b"text"
    });
    assert!(is_written);
    drop(held.stop);
    held.thread.join().unwrap();
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("target");
    fs::write(&target, CRASHED).unwrap();
    std::os::unix::fs::symlink(&target, folder.path().join("ledger.lock")).unwrap();
    assert_eq!(take(&folder, "one").unwrap_err().to_string(), "it is no plain file");
    assert_eq!(fs::read_to_string(&target).unwrap(), CRASHED);
}
