//! Batches and their lines as JSON.

use hyvitys_backoffice::Error;
use hyvitys_backoffice::bulk::{BatchLine, BatchView};
use hyvitys_domain::{
    BatchId, BatchLineState, BatchPause, BatchState, Money, OperationId, OperationKind,
    TransactionId,
};
use serde::Serialize;

use super::super::ShopJson;
use super::batch::{left, unknown};

/// Some batches.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListJson<'a> {
    pub(super) account: ShopJson<'a>,
    pub(super) batches: Vec<BatchJson<'a>>,
    /// Of one batch: its lines that are neither done nor requested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lines: Option<Vec<LineJson<'a>>>,
}

/// A batch after something was done with it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneJson<'a> {
    pub(super) account: ShopJson<'a>,
    pub(super) batch: BatchJson<'a>,
    /// Its lines that are neither done nor requested.
    pub(super) lines: Vec<LineJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a Error>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BatchJson<'a> {
    batch_id: BatchId,
    number: u32,
    kind: OperationKind,
    name: &'a str,
    state: BatchState,
    why: Option<BatchPause>,
    why_message: Option<&'a str>,
    /// It is paused or stopped, and lines that are under way still end.
    ending: bool,
    resumable: bool,
    confirmed_at: String,
    /// How many lines were confirmed, and their sum.
    lines: u64,
    sum: Money,
    done: u64,
    accepted: u64,
    failed: u64,
    rejected: u64,
    /// With those that an older copy of the data file may hide.
    unknown: u64,
    refused: u64,
    /// Taken over by a later batch.
    moved: u64,
    /// Waiting, or on their way.
    left: u64,
    /// Never confirmed.
    left_out: u64,
}

/// A batch with its counts.
pub(super) fn json(view: &BatchView) -> BatchJson<'_> {
    let batch = &view.batch;
    let count = |state| batch.count(state);
    BatchJson {
        batch_id: batch.id,
        number: batch.number,
        kind: batch.kind,
        name: &batch.name,
        state: batch.state,
        why: batch.why,
        why_message: batch.why_message.as_deref(),
        ending: view.ending,
        resumable: view.resumable,
        confirmed_at: batch
            .confirmed_at
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        lines: batch.confirmed_lines(),
        sum: batch.confirmed_sum(),
        done: count(BatchLineState::Done),
        accepted: count(BatchLineState::Accepted),
        failed: count(BatchLineState::Failed),
        rejected: count(BatchLineState::Rejected),
        unknown: unknown(view),
        refused: count(BatchLineState::Refused),
        moved: count(BatchLineState::Moved),
        left: left(view),
        left_out: count(BatchLineState::LeftOut),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LineJson<'a> {
    /// The line in the file, from 1.
    line: u32,
    named: &'a str,
    transaction_id: Option<TransactionId>,
    amount: Option<Money>,
    state: BatchLineState,
    operation: Option<OperationId>,
    reason: Option<&'a str>,
    message: Option<&'a str>,
    request_id: Option<&'a str>,
}

impl<'a> From<&'a BatchLine> for LineJson<'a> {
    fn from(line: &'a BatchLine) -> LineJson<'a> {
        LineJson {
            line: line.place,
            named: &line.named,
            transaction_id: line.transaction_id,
            amount: line.amount,
            state: line.state,
            operation: line.operation,
            reason: line.reason.as_deref(),
            message: line.message.as_deref(),
            request_id: line.request_id.as_deref(),
        }
    }
}
