//! What lies behind a touchpoint, for whatever asks which touchpoints led to it.

use crate::older::Place;
use crate::{Chapters, InMemory, Older, Packed, Reading};
use model::{ChannelId, Group, Timestamp, Touchpoint};

/// What a path knows of a touchpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touch {
    /// When it was.
    pub time: Timestamp,
    /// Where it was.
    pub channel: ChannelId,
    /// Whether it kept the attempt warm: else it is no touch, and only counted over.
    pub is_warm: bool,
}

impl Touch {
    pub(crate) fn of(reading: &Reading, touchpoint: &Touchpoint) -> Touch {
        let Touchpoint { time, channel, kind, .. } = *touchpoint;
        Touch { time, channel, is_warm: reading.kind(kind).keeps_warm }
    }
}

/// What is left of sealed touchpoints for conversions and ends to come. Empty for nearly everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Echo {
    /// Those of the path of the conversion whose money may grow, where it is sealed itself.
    pub credited: Vec<Touch>,
    /// Those of the path that is open where the first chapter begins.
    pub path: Vec<Touch>,
}

impl Echo {
    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.credited.is_empty() && self.path.is_empty()
    }
}

/// The touchpoints behind the one at hand. They are looked up only when a conversion or an end
/// asks, so that no state carries them.
pub struct Behind<'a, C> {
    group: Group,
    /// Those of the chapter at hand that come before.
    here: &'a [Touchpoint],
    /// Those of chapters before it that are no longer as the store has them.
    earlier: &'a [Touch],
    /// The rest; `None`: nobody asks.
    kept: Option<Kept<'a, C>>,
}

/// Chapters as they are kept.
struct Kept<'a, C> {
    newest: Option<&'a Packed>,
    older: Option<&'a Older>,
    /// Only those before this one.
    until: Place,
    chapters: &'a mut C,
}

impl Behind<'_, InMemory> {
    /// Nobody asks: what is emitted is not heard.
    pub fn nothing() -> Self {
        Behind { group: Group::default(), here: &[], earlier: &[], kept: None }
    }
}

impl<'a, C: Chapters> Behind<'a, C> {
    /// The whole history as it is kept.
    pub(crate) fn all(
        group: Group,
        newest: &'a Packed,
        older: Option<&'a Older>,
        chapters: &'a mut C,
    ) -> Self {
        let until = (older.map_or(0, |older| older.pages.len()), 0);
        let kept = Kept { newest: Some(newest), older, until, chapters };
        Behind { group, here: &[], earlier: &[], kept: Some(kept) }
    }

    /// Of a history that is spread out, and of the chapters before a place.
    pub(crate) fn before(
        group: Group,
        here: &'a [Touchpoint],
        earlier: &'a [Touch],
        (older, until): (Option<&'a Older>, Place),
        chapters: &'a mut C,
    ) -> Self {
        let kept = Some(Kept { newest: None, older, until, chapters });
        Behind { group, here, earlier, kept }
    }

    /// Whether what is emitted is heard.
    pub(crate) fn is_heard(&self) -> bool {
        self.kept.is_some()
    }

    /// The group of the customer.
    pub(crate) fn group(&self) -> Group {
        self.group
    }

    /// The touches among so many touchpoints before the one at hand, in order.
    pub(crate) fn path(&mut self, reading: &Reading, count: u32) -> Vec<Touch> {
        warm(self.last(reading, count))
    }

    /// The touches among so many touchpoints before the conversion that lies so many back.
    pub(crate) fn credited(&mut self, reading: &Reading, back: (u32, u32)) -> Vec<Touch> {
        warm(self.last_before(reading, back))
    }

    /// What must be kept of these touchpoints when they are sealed, for the two above.
    pub(crate) fn echoed(
        &mut self,
        reading: &Reading,
        path: u32,
        credited: Option<(u32, u32)>,
    ) -> Echo {
        let mut path = self.last(reading, path);
        let mut credited = credited.map_or(Vec::new(), |back| self.last_before(reading, back));
        path.reverse();
        credited.reverse();
        Echo { credited, path }
    }

    /// So many touchpoints before the one at hand, the last first.
    fn last(&mut self, reading: &Reading, count: u32) -> Vec<Touch> {
        let mut last = self.back(reading, count as usize);
        last.extend(self.echo(count as usize - last.len(), |echo| &echo.path));
        last
    }

    /// So many touchpoints before the one that lies so many back, the last first.
    fn last_before(&mut self, reading: &Reading, (since, count): (u32, u32)) -> Vec<Touch> {
        let (since, count) = (since as usize + 1, count as usize);
        let back = self.back(reading, since + count);
        let Some(before) = back.get(since..) else {
            // It is sealed itself.
            return self.echo(count, |echo| &echo.credited);
        };
        let mut last = before.to_vec();
        last.extend(self.echo(count - before.len(), |echo| &echo.path));
        last
    }

    /// What of the last touchpoints is not sealed, the last first.
    fn back(&mut self, reading: &Reading, count: usize) -> Vec<Touch> {
        let mut back = Vec::new();
        let here = self.here.iter().rev().map(|touchpoint| Touch::of(reading, touchpoint));
        back.extend(here.chain(self.earlier.iter().rev().copied()).take(count));
        let Some(kept) = &mut self.kept else { return back };
        if let Some(newest) = kept.newest.filter(|_| back.len() < count) {
            newest.touches(reading, count - back.len(), &mut back);
        }
        let (mut page, mut end) = kept.until;
        while let Some(older) = kept.older.filter(|_| back.len() < count) {
            if end == 0 {
                let Some(before) = page.checked_sub(1) else { break };
                (page, end) = (before, older.pages[before].headings.len());
                continue;
            }
            end -= 1;
            let number = older.pages[page].headings[end].chapter;
            let packed = older.changed.get(&number).cloned();
            let packed = packed.unwrap_or_else(|| kept.chapters.read(number));
            packed.touches(reading, count - back.len(), &mut back);
        }
        back
    }

    /// The last of an echo, the last first.
    fn echo(&self, count: usize, part: impl Fn(&Echo) -> &Vec<Touch>) -> Vec<Touch> {
        let older = self.kept.as_ref().and_then(|kept| kept.older);
        let touches = older.map_or(&[][..], |older| part(&older.echo));
        touches.iter().rev().take(count).copied().collect()
    }
}

/// In order, and without what did not keep warm.
fn warm(mut back: Vec<Touch>) -> Vec<Touch> {
    back.retain(|touch| touch.is_warm);
    back.reverse();
    back
}
