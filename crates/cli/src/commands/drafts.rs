//! Payments that are no payments yet, and what became of those whose answer was lost.

use hyvitys_backoffice::{DraftBrief, Error};
use hyvitys_domain::Money;
use hyvitys_store::drafts::DraftState;
use serde::Serialize;

use super::{Context, ShopJson};
use crate::arguments::ResolveDraft;
use crate::exit::Outcome;
use crate::words;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListJson<'a> {
    account: ShopJson<'a>,
    drafts: Vec<DraftJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DraftJson {
    draft: String,
    reference: String,
    customer: String,
    /// What the customer pays, where that can be told.
    amount: Option<Money>,
    amount_is_certain: bool,
    state: &'static str,
    ready: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResolvedJson<'a> {
    account: ShopJson<'a>,
    draft: String,
    state: &'static str,
    transaction_id: Option<String>,
}

fn json(draft: &DraftBrief) -> DraftJson {
    DraftJson {
        draft: draft.id.to_string(),
        reference: draft.reference.clone(),
        customer: draft.customer.clone(),
        amount: draft.amount,
        amount_is_certain: draft.amount_is_certain,
        state: draft.state.as_str(),
        ready: draft.ready,
    }
}

/// `payment list`
pub async fn list(context: &Context) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let drafts = context.backoffice.drafts(account.id).await?;
    let output = context.output;
    if output.is_json() {
        output.document(&ListJson {
            account: (&account).into(),
            drafts: drafts.iter().map(json).collect(),
        });
        return Ok(Outcome::Fine);
    }
    output.line(&words::shop(&account));
    if drafts.is_empty() {
        output.line("No drafts.");
        return Ok(Outcome::Fine);
    }
    let rows: Vec<Vec<String>> = drafts
        .iter()
        .map(|draft| {
            vec![
                words::clean(&draft.reference),
                words::clean(&draft.customer),
                draft
                    .amount
                    .map(|amount| words::sum(&words::money(amount), draft.amount_is_certain))
                    .unwrap_or_default(),
                state(draft.state).to_owned(),
                draft.id.to_string(),
            ]
        })
        .collect();
    output.table(
        &["Reference", "Customer", "To pay", "State", "Draft"],
        &[false, false, true],
        &rows,
    );
    Ok(Outcome::Fine)
}

/// `payment resolve DRAFT (--id ID | --not-made) [--note TEXT]`
pub async fn resolve(context: &Context, resolve: ResolveDraft) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let draft = context
        .backoffice
        .resolve_draft(account.id, resolve.draft, resolve.found.id, &resolve.note)
        .await?;
    let output = context.output;
    let payment = draft.payment.map(|id| id.to_string());
    if output.is_json() {
        output.document(&ResolvedJson {
            account: (&account).into(),
            draft: draft.id.to_string(),
            state: draft.state.as_str(),
            transaction_id: payment.clone(),
        });
    }
    output.line(&match payment {
        Some(id) if draft.state == DraftState::Created => format!("It is payment {id}."),
        Some(id) => format!("It is payment {id}, which is not confirmed yet: run `sync`."),
        None => "It is a draft again, with its stamp: if it was made after all, Paytrail refuses another one."
            .to_owned(),
    });
    Ok(Outcome::Fine)
}

const fn state(state: DraftState) -> &'static str {
    match state {
        DraftState::Draft => "draft",
        DraftState::Sending => "being sent",
        DraftState::Unknown => "OUTCOME UNKNOWN",
        DraftState::Unconfirmed => "made, not confirmed",
        DraftState::Created => "made",
    }
}
