use super::watch::Watch;
use crate::{
    Error, Issue, IssueKind, Package, Source, TableSchema,
    artifact::ARTIFACTS,
    package::{Entry, Input},
};

impl<S: Source> Package<S> {
    /// Counts a second, independent way, and notes what differs.
    pub(super) fn reconcile(
        &self,
        wanted: &[&'static TableSchema],
        watch: &Watch,
        issues: &mut Vec<Issue>,
    ) -> Result<(), Error> {
        for entry in self.entries() {
            let file = entry.key.file();
            // What only has the name is read by nobody.
            let own = ARTIFACTS.iter().find(|own| own.reads(&entry.key, entry.origin));
            let Some(own) = own else { continue };
            let is_of_own = |rule: &&Rule| own.tables.iter().any(|table| table.name == rule.table);
            let is_wanted = |rule: &&Rule| wanted.iter().any(|table| table.name == rule.table);
            let rules =
                RULES.iter().filter(|rule| (rule.is_of)(file)).filter(is_of_own).filter(is_wanted);
            for rule in rules {
                let counted = self.input(entry).and_then(|input| count(input, (rule.counter)()));
                let counted = match counted {
                    Ok(counted) => counted,
                    // The damage has been noted already.
                    Err(error) if error.is_of_the_member() => continue,
                    Err(error) => return Err(error),
                };
                let own = (rule.table, entry.path.clone());
                let rows = watch.by_member.get(&own).copied().unwrap_or(0);
                if rows != counted {
                    issues.push(mismatch(
                        entry,
                        format!(
                            "`{}` has {rows} rows of it, and {counted} {} were counted in its text",
                            rule.table, rule.what
                        ),
                    ));
                }
            }
        }
        if watch.is_cut {
            issues.push(Issue::of_package(
                IssueKind::OverBudget,
                "there are more commands and services than are held against others".to_owned(),
            ));
        }
        start_modes(watch, issues);
        Ok(())
    }
}

/// The start mode of a service is known twice: `Services.csv` has it, and the registry.
fn start_modes(watch: &Watch, issues: &mut Vec<Issue>) {
    const MODES: [&str; 5] = ["Boot", "System", "Auto", "Manual", "Disabled"];
    if watch.starts.is_empty() {
        return;
    }
    let differ: Vec<_> = watch
        .modes
        .iter()
        .filter_map(|(name, mode)| {
            let start = usize::try_from(*watch.starts.get(name)?).ok();
            let expected = start.and_then(|start| MODES.get(start)).copied();
            (expected != Some(mode.as_str())).then_some(name.as_str())
        })
        .collect();
    if !differ.is_empty() {
        let names =
            crate::name::safe(&differ.iter().take(5).copied().collect::<Vec<_>>().join(", "), 200);
        issues.push(Issue::of_package(
            IssueKind::CountMismatch,
            format!(
                "the start mode of {} services is another in the registry: {names}",
                differ.len()
            ),
        ));
    }
}

fn mismatch(entry: &Entry, message: String) -> Issue {
    Issue { kind: IssueKind::CountMismatch, member: Some(entry.path.clone()), line: None, message }
}

/// What is counted in a member's lines.
fn count(input: Input<'_>, mut count_line: Counter) -> Result<u64, Error> {
    let mut lines = input.lines()?;
    let mut counted = 0_i64;
    while let Some(line) = lines.next()? {
        counted += count_line(line.text);
    }
    Ok(u64::try_from(counted).unwrap_or_default())
}

/// Counts line by line.
type Counter = Box<dyn FnMut(&str) -> i64>;

/// How rows of a table are counted in the text of their member, without parsing it.
struct Rule {
    is_of: fn(&str) -> bool,
    table: &'static str,
    what: &'static str,
    counter: fn() -> Counter,
}

const RULES: &[Rule] = &[
    Rule {
        is_of: |file| file == "processes.csv",
        table: "processes",
        what: "process records",
        counter: || Box::new(|line| number(line.matches(",\"Win32_Process\",").count())),
    },
    Rule {
        is_of: |file| file == "services.csv",
        table: "services",
        what: "service records",
        counter: || {
            Box::new(|line| {
                i64::from(line.contains("Win32_Service") && line.contains("Win32_ComputerSystem"))
            })
        },
    },
    Rule {
        is_of: |file| file == "scheduledtasks.csv",
        table: "scheduled_tasks",
        what: "paths of tasks",
        counter: || Box::new(|line| i64::from(line.starts_with('"') && line.contains("\",\"\\"))),
    },
    Rule {
        is_of: |file| file == "forensicscollectionsummary.csv",
        table: "commands",
        what: "times in brackets",
        counter: || Box::new(|line| i64::from(line.starts_with("[2"))),
    },
    Rule {
        is_of: |file| file == "autoruns.txt",
        table: "registry_values",
        what: "value types",
        counter: || Box::new(|line| i64::from(line.contains("    REG_"))),
    },
    Rule {
        is_of: |file| file.ends_with("currentversionuninstall.txt"),
        table: "programs",
        what: "keys",
        counter: || Box::new(|line| i64::from(line.starts_with("HKEY_"))),
    },
    Rule {
        is_of: |file| file == "installedprograms.csv",
        table: "programs",
        what: "product codes",
        counter: || Box::new(|line| i64::from(line.contains(",\"{") && !line.starts_with('#'))),
    },
    Rule {
        is_of: |file| file == "activenetconnections.txt",
        table: "net_sockets",
        what: "lines of TCP and UDP",
        counter: || {
            Box::new(|line| {
                let word = line.trim_start();
                let is_one =
                    |own: &str| word.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case(own));
                i64::from(is_one("TCP ") || is_one("UDP "))
            })
        },
    },
    Rule {
        is_of: |file| file == "arp.txt",
        table: "arp",
        what: "physical addresses",
        counter: || Box::new(|line| i64::from(line.matches('-').count() == 5)),
    },
    Rule {
        is_of: |file| file == "dnscache.txt",
        table: "dns_cache",
        what: "records",
        counter: records,
    },
    Rule {
        is_of: |file| file == "localgroups.txt",
        table: "groups",
        what: "echoed commands",
        counter: || Box::new(|line| i64::from(is_echo(line))),
    },
    Rule {
        is_of: |file| file == "localgroups.txt",
        table: "group_members",
        what: "names below rules",
        counter: members,
    },
    Rule {
        is_of: |file| file == "queryuser.txt",
        table: "sessions",
        what: "lines below the head",
        counter: || {
            let mut is_head = true;
            Box::new(move |line| {
                let is_one = !line.trim().is_empty();
                let was_head = is_head;
                is_head &= !is_one;
                i64::from(is_one && !was_head)
            })
        },
    },
];

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn is_echo(line: &str) -> bool {
    line.contains(">net ") && line.contains(" localgroup ") || line.contains(">net localgroup ")
}

fn is_rule(line: &str) -> bool {
    line.len() > 8 && line.bytes().all(|byte| byte == b'-')
}

/// In every language what a record begins with is called as the first line is that has a value, `Record Name`; a name
/// that is cached as not there has one line of another kind below its rule.
fn records() -> Counter {
    let mut first: Option<String> = None;
    let mut is_below_rule = false;
    Box::new(move |line| {
        let trimmed = line.trim();
        // Data that goes on is indented further than any label, and may look like one.
        if line.starts_with("                    ") {
            return 0;
        }
        let was_below_rule = std::mem::replace(&mut is_below_rule, is_rule(trimmed));
        if trimmed.is_empty() || is_below_rule {
            return 0;
        }
        match trimmed.split_once(" :").filter(|(label, _)| label.ends_with(" .")) {
            Some((label, _)) => {
                i64::from(first.get_or_insert_with(|| label.to_owned()).as_str() == label)
            }
            None => i64::from(was_below_rule),
        }
    })
}

/// The names below the rule of a group, of which the last line, which says in any language how it ended, is none.
fn members() -> Counter {
    let (mut is_below_rule, mut has_line) = (false, false);
    Box::new(move |line| {
        let trimmed = line.trim();
        if is_rule(trimmed) {
            (is_below_rule, has_line) = (true, false);
        } else if is_echo(line) {
            is_below_rule = false;
        } else if is_below_rule && !trimmed.is_empty() {
            return i64::from(std::mem::replace(&mut has_line, true));
        }
        0
    })
}
