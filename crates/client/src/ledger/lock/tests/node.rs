//! Rust and Node at once: only one of them gets a lock that was left behind.

use std::hint;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::*;

/// The package's own code in a Node process: it tries to take the given lock three times at once,
/// and holds it.
struct Node {
    child: Child,
    told: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Node {
    fn start() -> Self {
        assert!(fs::exists(MODULE).unwrap(), "{MODULE} is not built: run `cargo xtask npm`");
        let mut node = Command::new("node");
        node.args(["--input-type=module", "--eval", SCRIPT, MODULE]);
        let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (told, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut node = Self { child, told, answers: BufReader::new(answers) };
        assert_eq!(node.answer(), "ready");
        node
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.told, "{line}").unwrap();
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Each winner keeps the lock until all have tried. Rust is faster and so starts later, a little
/// more in each round.
#[test]
#[ignore = "it needs the npm package: the step `npm` of `cargo xtask test` runs it"]
fn of_rust_and_node_who_find_one_left_behind_one_has_it() {
    let mut node = Node::start();
    let mut won = [0, 0];
    for (text, age) in [(format!("{NODE}\n").as_str(), 9_999), ("", 9_999), (CRASHED, 9_999)] {
        for round in 0..ROUNDS {
            let folder = tempfile::tempdir().unwrap();
            let path = left(&folder, text, age);
            node.tell(path.to_str().unwrap());
            let race = |racer: usize| {
                (0..round * SPINS * (racer + 1) / RACERS).for_each(|_| hint::spin_loop());
                take(&folder, &racer.to_string()).unwrap()
            };
            let held: Vec<FolderLock> = thread::scope(|scope| {
                let racers: Vec<_> =
                    (0..RACERS).map(|racer| scope.spawn(move || race(racer))).collect();
                racers.into_iter().filter_map(|racer| racer.join().unwrap()).collect()
            });
            let of_node: usize = node.answer().parse().expect("what Node says is no number");
            let holders = [held.len(), of_node];
            assert!(holders.iter().sum::<usize>() <= 1, "{text:?}, round {round}: {holders:?}");
            won[0] += holders[0];
            won[1] += holders[1];
            drop(held);
            node.tell("");
            assert_eq!(node.answer(), "released");
            // If each blocked the other, nobody has the lock and nothing is left of it.
            drop(take(&folder, "last").unwrap().unwrap());
            assert!(names(&folder).is_empty(), "{text:?}, round {round}: {:?}", names(&folder));
        }
    }
    println!("Rust and Node had it {won:?} times");
}

const ROUNDS: usize = 100;
const RACERS: usize = 4;
/// In each round the last of us waits for this many more spins.
const SPINS: usize = 1_000;
const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../npm/dist/stores/lock.js");
const SCRIPT: &str = r#"
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
const { lockFolder } = await import(pathToFileURL(process.argv[1]).href);
let held = [];
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "") {
    for (const release of held) await release();
    console.log("released");
    continue;
  }
  const taken = await Promise.allSettled(Array.from({ length: 3 }, () => lockFolder(line)));
  const failed = taken.find(({ status }) => status === "rejected");
  held = taken.map(({ value }) => value).filter((release) => release !== undefined);
  console.log(failed === undefined ? held.length : String(failed.reason));
}
"#;
