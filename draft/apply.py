import json, shutil, os
os.chdir(os.path.join(os.path.dirname(__file__), '..'))
S2='draft/'
def sub(path, *pairs):
    s=open(path).read()
    for a,b in pairs:
        assert s.count(a)>=1,(path,a)
        s=s.replace(a,b,1)
    open(path,'w').write(s)
I='pipeline/insight/'
shutil.copytree(S2+'findings', I+'src/findings', dirs_exist_ok=True)
for f in ['findings.rs','findings_table.rs','findings_words.rs']: shutil.copy(S2+f, I+'src/report/'+f)
shutil.copy(S2+'tests/findings_report.rs', I+'tests/report/findings.rs')
shutil.copy(S2+'tests/worlds.rs', I+'tests/validity/worlds.rs')
open(I+'tests/report/findings.txt','w').write('')
shutil.copy(S2+'findings.svelte','pipeline/serve/web/src/pages/findings.svelte')
sub(I+'src/lib.rs',("mod counter;\n","mod counter;\npub mod findings;\n"))
sub(I+'src/report/mod.rs',("mod forecast;\n","mod findings;\nmod findings_table;\nmod findings_words;\nmod forecast;\n"),("pub use forecast::","pub use findings::{FindingRow, Findings, findings};\npub use forecast::"))
sub(I+'src/report/named.rs',('''pub const NAMES: [&str; 8] =
    ["summary", "funnel", "moves", "channels", "dropoffs", "activity", "value", "forecast"];
''','''pub const NAMES: [&str; 9] = [
    "summary", "funnel", "moves", "channels", "dropoffs", "activity", "value", "forecast",
    "findings",
];
'''),('''        "value" =>''','''        "findings" => findings(map, counters, query)?.tables(map),
        "value" =>'''),("    activity, channels, credits, dropoffs, forecast, funnel, moves, summary, touches, value,","    activity, channels, credits, dropoffs, findings, forecast, funnel, moves, summary, touches,\n    value,"),('''            // A forecast is made of days, whatever it is divided by.
            _ if name == "forecast" =>''','''            // These are made of days, whatever they are divided by.
            _ if name == "forecast" || name == "findings" =>'''))
sub(I+'src/inference/sentence.rs',('''        let words = Words::of(language);
        let [one, other] = [self.one, self.other].map(|sums| words.share(sums));
        let fill = |text: &str| text.replace("{one}", &one).replace("{other}", &other);
''','''        let words = Words::of(language);
'''),('''        // The words of the reader last, so that what stands in braces there is left alone.
        format!("{} {advice}", fill(words.seen).replace("{what}", self.what))
    }
''','''        format!("{} {advice}", self.seen(language))
    }

    /// The first half of it: how many, and nothing that follows from it.
    pub fn seen(&self, language: Language) -> String {
        let words = Words::of(language);
        let [one, other] = [self.one, self.other].map(|sums| words.share(sums));
        let seen = words.seen.replace("{one}", &one).replace("{other}", &other);
        // The words of the reader last, so that what stands in braces there is left alone.
        seen.replace("{what}", self.what)
    }
'''))
sub(I+'tests/report/schemas.rs',('''        "value" => include_str''','''        "findings" => include_str!("../../../../schemas/report/findings.schema.json"),
        "value" => include_str'''))
sub(I+'tests/report/main.rs',("mod forecast;\n","mod findings;\nmod forecast;\n"))
sub(I+'tests/validity/main.rs',("mod watched;\n","mod watched;\nmod worlds;\n"))
A='pipeline/app/'
sub(A+'tests/sending/schemas.rs',('''    questions.push(("value", vec!["report", "value"]));
''','''    questions.push(("findings", vec!["report", "findings"]));
    questions.push(("findings", vec!["report", "findings", "--as-of", "2020-01-01"]));
    questions.push(("value", vec!["report", "value"]));
'''),('"value", "forecast",\n        "system", "digest",','"value", "forecast",\n        "findings", "system", "digest",'))
sub(A+'src/cli.rs',("""        /// summary, funnel, moves, channels, dropoffs, activity, value, forecast, digest or system;
        /// without a name the summary.""","""        /// summary, funnel, moves, channels, dropoffs, activity, value, forecast, findings, digest
        /// or system; without a name the summary."""))
sub('schemas/openapi.json',("value, forecast, digest or system","value, forecast, findings, digest or system"))
E='pipeline/serve/'
sub(E+'src/page.rs',('const ADDRESSES: [&str; 6] =\n    ["/drop-offs", "/channels", "/leads", "/system", "/customers", "/customers/{id}"];','const ADDRESSES: [&str; 7] =\n    ["/drop-offs", "/channels", "/findings", "/leads", "/system", "/customers", "/customers/{id}"];'))
sub(E+'src/router.rs',('"drop-offs" | "channels" | "leads"','"drop-offs" | "channels" | "findings" | "leads"'))
sub(E+'tests/http/page.rs',("const ADDRESSES: [&str; 8]","const ADDRESSES: [&str; 9]"),('    "/channels",\n','    "/channels",\n    "/findings",\n'))
W=E+'web/src/'
sub(W+'app.svelte',("  import Empty from","  import Findings from './pages/findings.svelte';\n  import Empty from") ,("    { path: '/leads', name: 'leads' },","    { path: '/findings', name: 'findings' },\n    { path: '/leads', name: 'leads' },"),("  {:else if here === '/leads'}","  {:else if here === '/findings'}\n    <Findings />\n  {:else if here === '/leads'}"))
s=open(W+'app.svelte').read()
s=s.replace("  import Findings from './pages/findings.svelte';\n  import Empty from './pages/empty.svelte';\n","  import Empty from './pages/empty.svelte';\n  import Findings from './pages/findings.svelte';\n")
open(W+'app.svelte','w').write(s)
sub(W+'texts.ts',("  leads: 'Leads',","  findings: 'Findings',\n  leads: 'Leads',"),("  models_title:","""  findings_lead: '{count} findings hold: act on them.',
  findings_none: 'Nothing holds yet that you should act on.',
  findings_title: 'What goes with more conversions, or with fewer',
  findings_note:
    'Found in some weeks and confirmed by those alone who came after. Of all that are ever confirmed at most one in ten is false on average. What goes together need not cause each other.',
  findings_nothing: 'Nothing has been found. That is no fault: most differences are chance.',
  finding_act: 'act',
  finding_promising: 'promising',
  finding_refuted: 'not confirmed',
  finding_retired: 'no longer true',
  who_short: 'Who',
  converts_short: 'Convert',
  standing_short: 'Standing',
  found_short: 'Found',
  confirmed_short: 'Confirmed',
  over_short: 'Over',
  these_short: 'These',
  others_short: 'The others',
  difference_short: 'Difference, at every look',
  more_needed_short: 'More needed',
  changes_title: 'What has changed',
  changes_note: 'The chance that any change is said that is none is one in twenty, however long you look. A season is a change.',
  changes_nothing: 'Nothing has changed that is more than chance.',
  change_certain: 'Certain on {day}; evidence {evidence} to 1.',
  since_short: 'Since',
  certain_short: 'Certain on',
  before_short: 'Before',
  after_short: 'After',
  models_title:"""))
de=open(W+'texts.de.ts').read()
import re
sub(W+'texts.de.ts',("  leads: '","  findings: 'Erkenntnisse',\n  leads: '"),("  models_title:","""  findings_lead: '{count} Erkenntnisse sind gesichert: Danach kann man handeln.',
  findings_none: 'Noch ist nichts gesichert, wonach man handeln sollte.',
  findings_title: 'Was mit mehr Abschlüssen einhergeht, oder mit weniger',
  findings_note:
    'In manchen Wochen gefunden und nur an denen bestätigt, die danach kamen. Von allem, was je bestätigt wird, ist im Mittel höchstens jedes Zehnte falsch. Was zusammen auftritt, muss einander nicht bewirken.',
  findings_nothing: 'Es wurde nichts gefunden. Das ist kein Fehler: Die meisten Unterschiede sind Zufall.',
  finding_act: 'handeln',
  finding_promising: 'vielversprechend',
  finding_refuted: 'nicht bestätigt',
  finding_retired: 'nicht mehr wahr',
  who_short: 'Wer',
  converts_short: 'Schließen ab',
  standing_short: 'Stand',
  found_short: 'Gefunden',
  confirmed_short: 'Bestätigt',
  over_short: 'Vorbei',
  these_short: 'Diese',
  others_short: 'Die anderen',
  difference_short: 'Unterschied, bei jedem Hinsehen',
  more_needed_short: 'Es fehlen',
  changes_title: 'Was sich geändert hat',
  changes_note: 'Dass je eine Änderung genannt wird, die keine ist, geschieht höchstens in einem von zwanzig Fällen, so lange man auch hinsieht. Eine Saison ist eine Änderung.',
  changes_nothing: 'Es hat sich nichts geändert, was mehr als Zufall ist.',
  change_certain: 'Gewiss am {day}; Evidenz {evidence} zu 1.',
  since_short: 'Seit',
  certain_short: 'Gewiss am',
  before_short: 'Vorher',
  after_short: 'Nachher',
  models_title:"""))
sub(W+'tables.ts',("export const TABLES: Record<string, Column[]> = {\n","""const findings: Column[] = [
  { name: 'stage', heading: 'stage', kind: 'word' },
  { name: 'about', heading: 'who_short', kind: 'word' },
  { name: 'converts', heading: 'converts_short', kind: 'word' },
  { name: 'standing', heading: 'standing_short', kind: 'word' },
  { name: 'discovered', heading: 'found_short', kind: 'text' },
  { name: 'confirmed', heading: 'confirmed_short', kind: 'text' },
  { name: 'ended', heading: 'over_short', kind: 'text' },
  { name: 'these', heading: 'these_short', kind: 'rate' },
  { name: 'others', heading: 'others_short', kind: 'rate' },
  { name: 'difference', heading: 'difference_short', kind: 'effect' },
  { name: 'more_needed', heading: 'more_needed_short', kind: 'text' },
];

const changes: Column[] = [
  { name: 'stage', heading: 'stage', kind: 'word' },
  { name: 'what', heading: 'what', kind: 'word' },
  { name: 'since', heading: 'since_short', kind: 'text' },
  { name: 'discovered', heading: 'certain_short', kind: 'text' },
  { name: 'before', heading: 'before_short', kind: 'rate' },
  { name: 'after', heading: 'after_short', kind: 'rate' },
];

export const TABLES: Record<string, Column[]> = {
  findings,
  changes,
"""))
sub(W+'words.ts',("    clear: 'klar',","    more: 'öfter',\n    less: 'seltener',\n    again: 'nicht zum ersten Mal',\n    rate: 'Abschlussrate',\n    discovered: 'gefunden',\n    confirmed: 'bestätigt',\n    refuted: 'nicht bestätigt',\n    retired: 'nicht mehr wahr',\n    clear: 'klar',"),("    'models disagree': 'the models disagree',","    more: 'more often',\n    less: 'less often',\n    rate: 'conversion rate',\n    refuted: 'not confirmed',\n    retired: 'no longer true',\n    'models disagree': 'the models disagree',"))
w=open(W+'words.ts').read()
# one key once
d=w.index("de: {"); w=w[:d]+w[d:].replace("    again: 'nicht zum ersten Mal',\n","",1); open(W+'words.ts','w').write(w)
# the schema
c=json.load(open('schemas/report/channels.schema.json'))
d=c['$defs']
def row(required, props):
    return {"type":"object","additionalProperties":False,"required":required,"properties":{k:{"$ref":"#/$defs/"+t,"description":x} for k,(t,x) in props.items()}}
F={
 "stage":("text","The stage that it is about entering."),
 "about":("text","The channel that an attempt began in, or again: those who had been in the stage before."),
 "converts":("text","more or less: beside all others, like with like."),
 "verdict":("text","act, promising or not enough data; null where the finding is over."),
 "more_needed":("count","About so many more entries until it is confirmed, if it is what it seems; null where nobody can say."),
 "standing":("text","discovered, confirmed, refuted (so many came without confirming it) or retired (confirmed, and contradicted since)."),
 "discovered":("text","The last date of the entries that it was found in."),
 "confirmed":("text","The last date of the entries that confirmed it; all of them later than its discovery."),
 "ended":("text","The last date of the entries that refuted or retired it."),
 "these":("rate","Converted among those decided whom it is about: who entered after its discovery, or before anybody has, who led to it."),
 "others":("rate","The same of the others."),
 "difference":("estimate","The first less the second, with an interval that holds at every look."),
 "evidence_ln":("estimate","The logarithm of the evidence of those who entered after its discovery."),
 "needed_ln":("estimate","The logarithm of the evidence that it needs."),
 "turns_round":("count","1 where the sign of the difference turns round when like is compared with like (Simpson), else 0."),
 "plain":("text","The finding in a sentence, in English."),
 "plain_de":("text","The same in German."),
 "technical":("text","Counts, difference, interval and evidence in a line, in English."),
 "technical_de":("text","The same in German."),
}
C={
 "stage":("text","The stage."),
 "what":("text","rate, or the channel whose share has changed most."),
 "since":("text","The Monday since which it is likely to be otherwise."),
 "discovered":("text","The last date of the entries that made it certain."),
 "before":("rate","Converted of those decided, or those of the channel among all, up to then and from the change before; one look."),
 "after":("rate","The same from then on."),
 "evidence_ln":("estimate","The logarithm of the evidence that it became certain by."),
 "plain":("text","The change in a sentence, in English."),
 "plain_de":("text","The same in German."),
}
def table(name,src):
    t=json.loads(json.dumps(d['touches_table'])); t['properties']['name']={"const":name}; t['properties']['rows']['items']={"$ref":f"#/$defs/{name}_row"}; return t
new={k:c[k] for k in c if k!='$defs'}
new['title']='findings'; new['description']='The ledger of findings: what goes with more conversions or with fewer, from discovery to retirement, and what has changed.'
new['properties']=json.loads(json.dumps(c['properties'])); new['properties']['report']={"const":"findings"}
new['properties']['tables']['items']={"anyOf":[{"$ref":"#/$defs/findings_table"},{"$ref":"#/$defs/changes_table"}]}
new['$defs']={k:d[k] for k in ['text','count','rate','estimate','time']}
new['$defs'].update({"findings_row":row(list(F),F),"findings_table":table("findings",F),"changes_row":row(list(C),C),"changes_table":table("changes",C)})
open('schemas/report/findings.schema.json','w').write(json.dumps(new,indent=2,ensure_ascii=False)+"\n")
open('docs/how-to/findings.md','w').write('''# What goes with more conversions, and how sure that is

`report findings` looks for channels whose leads convert more often than others, or less, stage by stage, and for
whether those who come again do. Most differences are chance, and whoever looks at enough of them finds some; so a
difference is **found** in some weeks and **confirmed** by those alone who came after it was found.

With a simulated clinic in `clinic`:

```sh
desirepath demo --once --leads 900 --seed 1 --data clinic
desirepath report findings --data clinic
```

<!-- output: numbers vary -->
```text
…
What goes with more conversions, or with fewer. As of 2026-11-29 13:15 (Europe/Berlin).
…
When a rate changed, or the channels that customers come by.
…
```

Each finding is a sentence with what to make of it, and a line beneath for whoever wants to check it:

| verdict | means |
| --- | --- |
| act | confirmed by customers who came after it was found |
| promising | they say so, but it is not sure yet; beside it stands about how many more it takes |
| not enough data | nobody who came later has said anything yet, or they say nothing |

| standing | means |
| --- | --- |
| discovered | found, and watched on those who come after |
| confirmed | their evidence is as great as the budget asks |
| refuted | 5,000 of those it is about came later and did not confirm it |
| retired | confirmed, and contradicted since by evidence of 20 to 1 |

- **At most one in ten** of all that are ever confirmed is false on average, over all years, however often you
  look: each candidate needs the more evidence the later it comes (e-LOND), and each that is confirmed makes the next easier.
- Only weeks count that are **final**: nobody who entered in them is open any more, and the grace of the
  [journey map](../../deploy/journey.example.toml) is over. A stage whose leads take months is that far behind.
- Like is compared with like: a channel among those who come for the first time and among those who come again, and
  those who come again channel by channel. Where the difference **turns round** by that (Simpson's paradox), the
  sentence says so.
- **What has changed** says since which week a rate, or the mix of channels, is otherwise. A season is a change.
- What goes together need not cause each other: a channel may bring other people rather than convince more of them.

The page *Findings* shows the same. Days are needed among the windows of the map (`"1d"` under `[window]`); what they no longer
keep is not in the ledger. When something final changes after all (a touchpoint that came days too late), the
ledger is played again with what is known now, and says how often that was.
''')
open('deploy/decisions/0077-findings-are-replayed.md','w').write('''# 0077: the ledger of findings is played again from final weeks, not kept

**Context.** A finding is discovered, confirmed or refuted by customers who came later, and perhaps retired. Its
state could be kept in a task and moved on by each frame; but then it depends on when frames arrive, and
late touchpoints, replays after a crash and other numbers of partitions would each need a rule.

**Choice.** As forecasts are ([0073](0073-forecasts-are-replayed-not-kept.md)): `report findings` reads the entries of
each stage by day, takes the weeks that are final, and plays them in their order. What a week adds is a
function of this week and of those before it, so a later look says of earlier weeks what an earlier look said, dates
included, as long as no final number changes. It is the same on every log and for every number of partitions,
and an `--as-of` shows the ledger of that day. Claims are a closed list, known at the entry: the entry channel,
and whether somebody had been in the stage before. Every fourth week the unlikely ones (Fisher, 0.1) become candidates;
evidence is a bet on later weeks against "no difference" in each stratum; e-LOND says how much is needed. Each
stage has a part of the budget for itself: the shares of false findings of several lists add up to no more than the sum
of their budgets, and a stage that decides within days need not wait for one that takes months. Changes
of rates and mixes are found by universal inference, and share 0.05 among them for ever.

**What it does not promise.** When a final number changes, evidence that stood on it is reckoned anew and not kept, so
the bound is exact without corrections only. In simulated years with one late conversion in a hundred and one
double lead in two hundred it holds (`insight/tests/validity/worlds.rs`).

**What lost.** *State in an insight task*: one task has not all counters, and its lines would depend on arrival.
*One order for all stages*: the slowest stage would hold back all others, or their numbers in the budget would change.
*Batches by Benjamini and Hochberg at each look*: wrong more often the longer one looks.

**When to revisit.** When other systems want each finding once, as a record: then a reader writes what is new in the
ledger to a topic.
''')
open('deploy/changelog.d/14-findings.feature.md','w').write('''`report findings`, `/v1/report/findings` and a page: which entry channels go with more conversions or with fewer, and whether
those who come again do. A finding is discovered in some weeks and confirmed by those alone who came after; of all
that are ever confirmed at most one in ten is false on average, however often somebody looks. Each is a
sentence with a verdict (act, promising, not enough data: about so many more needed), in English and in German. It
also says since when a rate, or the mix of channels, has changed.
''')
sub('deploy/decisions/README.md',("- [0070](0070-obj","- [0077](0077-findings-are-replayed.md) The ledger of findings is played again from final weeks, not kept\n- [0070](0070-obj"))
sub('docs/README.md',("- [how far to trust","- [what goes with more conversions](how-to/findings.md): findings, confirmed by who came later\n- [how far to trust"))
sub('pipeline/ARCHITECTURE.md',("`forecast/` plays every evening","`findings/` plays every final week and says what was found and what became of it\n([decision 0077](../deploy/decisions/0077-findings-are-replayed.md)): begin at `replay.rs`.\n`forecast/` plays every evening"))
