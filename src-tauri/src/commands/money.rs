//! Refunds, activations, cancels, and a person's word about what became of them. The window doesn't close while
//! something that moves money is under way.

use hyvitys_backoffice::money::{HowMuch, RefundOrder};
use hyvitys_domain::{IntentId, ItemStamp};
use tauri::State;
use tauri::ipc::Channel;
use tokio::sync::mpsc;

use crate::dto::{
    AccountNumber, ErrorDto, HoldActionDto, HoldLine, LineOutcome, OperationRow, RefundOrderDto,
    bad_input, read,
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

/// Activates or cancels many with one confirmation; each one's end goes through the channel as it comes.
#[tauri::command]
#[specta::specta]
pub(crate) async fn hold_all(
    shell: State<'_, Shell>,
    account: AccountNumber,
    action: HoldActionDto,
    lines: Vec<HoldLine>,
    on_line: Channel<LineOutcome>,
) -> Result<(), ErrorDto> {
    let lines = lines
        .into_iter()
        .map(|line| Ok((read(&line.transaction_id)?, intent(line.intent)?)))
        .collect::<Result<Vec<_>, ErrorDto>>()?;
    let _under_way = shell.ordering()?;
    let office = shell.office().await?;
    let (ended, mut ends) = mpsc::unbounded_channel();
    let orders = office.hold_all(
        account.into(),
        action.into(),
        lines,
        || !shell.is_closing(),
        move |id, outcome| {
            // Both ends live in this function.
            let _ = ended.send((id, outcome));
        },
    );
    let told = async {
        while let Some((id, outcome)) = ends.recv().await {
            let outcome = match outcome {
                Ok(operation) => office.operation_row(operation).await,
                Err(error) => Err(error),
            };
            // A window that is gone has nobody to tell; the journal has it.
            let _ = on_line.send(LineOutcome::of(id, outcome));
        }
    };
    let (done, ()) = tokio::join!(orders, told);
    done?;
    changed_in(&shell, account.into()).await;
    Ok(())
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
