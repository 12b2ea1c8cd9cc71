//! The scenarios of `tests/vectors/flows`, played by the Rust client against the emulator.
//!
//! `FLOW=part-of-an-id` plays those alone whose id holds that text.

// Marked as tests, as lints treat these modules otherwise than a test's own file.
#[cfg(test)]
mod check;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod expect;
#[cfg(test)]
mod flow;
#[cfg(test)]
mod intervention;
#[cfg(test)]
mod library;
#[cfg(test)]
mod meanwhile;
#[cfg(test)]
mod pattern;
#[cfg(test)]
mod play;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod text;
#[cfg(test)]
mod wrong;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::time::Instant;
use std::{env, thread};

use flow::Flow;

#[test]
fn every_flow_goes_as_it_says() {
    let wanted = env::var("FLOW").unwrap_or_default();
    let mut flows =
        library::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/flows"));
    flows.retain(|flow| flow.id.contains(&wanted));
    let count = flows.len();
    assert!(count > 0, "there is no flow to play");

    let queue = Mutex::new(flows.into_iter());
    let failed = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(2, usize::from).min(8);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(flow) = queue.lock().unwrap().next() else { break };
                    let began = Instant::now();
                    let complaints = played(&flow);
                    let verdict = if complaints.is_empty() { "ok" } else { "FAILED" };
                    let spent = began.elapsed().as_secs_f64();
                    println!("flow {} ... {verdict} ({spent:.1} s)", flow.id);
                    if !complaints.is_empty() {
                        failed.lock().unwrap().push((flow, complaints));
                    }
                }
            });
        }
    });
    let mut failed = failed.into_inner().unwrap();
    failed.sort_by(|one, other| one.0.id.cmp(&other.0.id));
    for (flow, complaints) in &failed {
        println!("\nflow {}: {}", flow.id, flow.comment);
        for complaint in complaints {
            println!("  {complaint}");
        }
    }
    println!("\n{count} flows: {} passed, {} failed", count - failed.len(), failed.len());
    let ids: Vec<_> = failed.iter().map(|(flow, _)| flow.id.as_str()).collect();
    assert!(ids.is_empty(), "{} of {count} flows failed: {}", ids.len(), ids.join(", "));
}

/// What is not as the flow says; a panic is one complaint.
fn played(flow: &Flow) -> Vec<String> {
    catch_unwind(AssertUnwindSafe(|| play::play(flow)))
        .unwrap_or_else(|_| vec!["it panicked; see above".to_owned()])
}
