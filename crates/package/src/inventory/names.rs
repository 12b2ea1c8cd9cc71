use crate::{Encoding, Kind, Member, finding::Log, name::windows_key, order::sorted};

/// Notes members that have the same name, or the same name on Windows.
///
/// Names that were cut are left out: what they have in common says nothing.
pub(super) fn check(members: &[Member], log: &mut Log) {
    let exact: Vec<_> = members.iter().filter(|member| !member.name_is_cut).collect();
    let exact =
        sorted(exact, |one, other| (&one.raw_name, one.index).cmp(&(&other.raw_name, other.index)));
    for (first, second) in pairs(&exact) {
        if first.raw_name == second.raw_name {
            note(Kind::DuplicateName, first, second, "has the same name as", log);
        }
    }
    let keys: Vec<_> = exact.iter().map(|member| (key(member), *member)).collect();
    let keys = sorted(keys, |(one, member), (other, another)| {
        (one, member.index).cmp(&(other, another.index))
    });
    for ((one, first), (other, second)) in pairs(&keys) {
        if one == other && first.raw_name != second.raw_name {
            note(Kind::CaseCollision, first, second, "is on Windows the same file as", log);
        }
    }
}

fn key(member: &Member) -> String {
    let decoded = crate::name::decode(&member.raw_name, member.flags);
    match decoded.encoding {
        Encoding::Utf8 if !decoded.is_valid => member.name.clone(),
        _ => windows_key(&decoded.text),
    }
}

fn note(kind: Kind, first: &Member, second: &Member, what: &str, log: &mut Log) {
    log.member(kind, second.index, second.header_offset, || {
        format!("`{}` {what} `{}` (member {})", second.label(), first.label(), first.index)
    });
}

fn pairs<T>(sorted: &[T]) -> impl Iterator<Item = (&T, &T)> {
    sorted.iter().zip(sorted.iter().skip(1))
}
