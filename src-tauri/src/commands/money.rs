//! Refunds, activations, cancels, and a person's word about what became of them. The window doesn't close while
//! something that moves money is under way.

use hyvitys_backoffice::money::{HoldOrder, HowMuch, RefundOrder};
use hyvitys_domain::{IntentId, ItemStamp};
use tauri::State;

use crate::dto::{
    AccountNumber, ErrorDto, HoldOrderDto, OperationRow, RefundOrderDto, bad_input, read,
};
use crate::state::Shell;
use crate::sync::changed_in;

/// The most confirmations that are asked for at once.
const MOST_INTENTS: u32 = 10_000;

/// Fresh names of confirmations: whoever sends one twice has confirmed once.
#[tauri::command]
#[specta::specta]
pub(crate) async fn new_intents(
    shell: State<'_, Shell>,
    count: u32,
) -> Result<Vec<String>, ErrorDto> {
    if count > MOST_INTENTS {
        return Err(bad_input(format!(
            "at most {MOST_INTENTS} confirmations at once"
        )));
    }
    let office = shell.office().await?;
    Ok((0..count)
        .map(|_| office.new_intent().as_str().to_owned())
        .collect())
}

fn intent(name: String) -> Result<IntentId, ErrorDto> {
    IntentId::new(name).map_err(|error| bad_input(error.to_string()))
}

/// A refund as a person confirmed it: the operation's state says what became of it, and an error says by itself whether
/// money moved.
#[tauri::command]
#[specta::specta]
pub(crate) async fn refund(
    shell: State<'_, Shell>,
    order: RefundOrderDto,
) -> Result<OperationRow, ErrorDto> {
    let how_much = match (order.amount, order.items) {
        (Some(amount), None) => HowMuch::Amount(amount.into()),
        (None, Some(items)) => HowMuch::Items(
            items
                .into_iter()
                .map(|item| {
                    Ok((
                        ItemStamp::new(item.stamp).map_err(|error| bad_input(error.to_string()))?,
                        item.amount.into(),
                    ))
                })
                .collect::<Result<_, ErrorDto>>()?,
        ),
        _ => {
            return Err(bad_input(
                "a refund has an amount or items, and not both".to_owned(),
            ));
        }
    };
    let _under_way = shell.ordering()?;
    let office = shell.office().await?;
    let operation = office
        .refund(RefundOrder {
            account: order.account.into(),
            transaction_id: read(&order.transaction_id)?,
            how_much,
            intent: intent(order.intent)?,
            again: order.again,
            note: order.note,
            refund_reason: order.refund_reason,
            typed: order.typed.map(Into::into),
            reference: order.reference,
            email: order.email,
        })
        .await?;
    let row = office.operation_row(operation).await?;
    changed_in(&shell, order.account.into()).await;
    Ok((&row).into())
}

/// An activation or a cancel as a person confirmed it; it ends as a refund does. Many with one confirmation are a batch.
#[tauri::command]
#[specta::specta]
pub(crate) async fn hold(
    shell: State<'_, Shell>,
    order: HoldOrderDto,
) -> Result<OperationRow, ErrorDto> {
    let _under_way = shell.ordering()?;
    let office = shell.office().await?;
    let operation = office
        .hold(HoldOrder {
            account: order.account.into(),
            transaction_id: read(&order.transaction_id)?,
            action: order.action.into(),
            intent: intent(order.intent)?,
            confirmed: None,
        })
        .await?;
    let row = office.operation_row(operation).await?;
    changed_in(&shell, order.account.into()).await;
    Ok((&row).into())
}

/// Settles an unknown outcome by a person's word.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resolve(
    shell: State<'_, Shell>,
    account: AccountNumber,
    operation: String,
    moved: bool,
    note: String,
) -> Result<OperationRow, ErrorDto> {
    let office = shell.office().await?;
    let operation = office
        .resolve(account.into(), read(&operation)?, moved, &note)
        .await?;
    let row = office.operation_row(operation).await?;
    changed_in(&shell, account.into()).await;
    Ok((&row).into())
}
