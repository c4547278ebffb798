//! What a watch cannot match without: of that the rarest leads to it, so that an item costs nothing
//! for the watches that it has no lead of.

use super::Compiler;
use crate::watch::config::MatchMode;
use crate::watch::query::Kind;
use crate::watch::{Asked, Condition, EvidenceKind, Part};

impl Compiler {
    /// Makes leads of some of the wants from `first` on, which are a watch's: it holds only where
    /// one of them has a hit.
    pub(super) fn choose_leads(&mut self, first: usize, condition: &Condition) {
        let of = |is_lead: &dyn Fn(EvidenceKind, Part) -> bool| -> Vec<usize> {
            let wants = self.wants.iter().enumerate().skip(first);
            let leads = wants.filter(|(_, want)| is_lead(want.kind, want.part));
            leads.map(|(index, _)| index).collect()
        };
        let mut ways = Vec::new();
        match condition.mode {
            MatchMode::All => ways.extend(
                condition
                    .lists
                    .iter()
                    .map(|list| of(&|it, part| part == Part::List && it == *list)),
            ),
            MatchMode::Any if condition.lists.is_empty() => {}
            MatchMode::Any => ways.push(of(&|_, part| part == Part::List)),
        }
        if let Some(Asked { query, .. }) = &condition.query
            && let Some(atoms) = query.needed(atom_cost)
        {
            ways.push(of(&|_, part| matches!(part, Part::Query(atom) if atoms.contains(&atom))));
        }
        let cost = |way: &Vec<usize>| way.iter().map(|want| cost(self.wants[*want].kind)).sum();
        let best = ways.into_iter().min_by_key(|way| -> u32 { cost(way) });
        for want in best.unwrap_or_default() {
            self.wants[want].is_lead = true;
        }
        // Of words that stand together all are needed: the first leads.
        for index in first..self.wants.len() {
            if let Part::Word { group, word } = self.wants[index].part {
                let leads = self.wants[self.groups[group].want].is_lead;
                self.wants[index].is_lead = leads && word == 0;
            }
        }
    }
}

/// About how often news has a hit of this kind, beside the others: most items name a country, few
/// have a certain term.
fn cost(kind: EvidenceKind) -> u32 {
    match kind {
        EvidenceKind::Term => 1,
        EvidenceKind::Region => 20,
        EvidenceKind::Topic => 50,
        EvidenceKind::Country => 100,
    }
}

fn atom_cost(atom: &Kind) -> u32 {
    cost(match atom {
        Kind::Region(_) => EvidenceKind::Region,
        Kind::Country(_) => EvidenceKind::Country,
        Kind::Topic(_) => EvidenceKind::Topic,
        Kind::Language(_) | Kind::Feed(_) | Kind::Term { .. } | Kind::Together { .. } => {
            EvidenceKind::Term
        }
    })
}
