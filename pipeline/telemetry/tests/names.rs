//! Every metric has a name by the grammar and a sentence, and nothing is rendered that has not.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use telemetry::{
    Audit, Batch, Commit, FindingVerdict, Format, Lookups, Metrics, Name, Notice, SourceHold,
    SourceRecord, Task, TaskState, Type, Unit, start_logs,
};

/// A registry in which everything has happened.
fn busy() -> Metrics {
    let metrics = Metrics::new("0.1.0");
    metrics.add_touchpoints(Batch { accepted: 5, duplicate: 2, late: 1, dead: 3 });
    metrics.add_forwarded(3);
    metrics.set_journeys([("decision", "open", 7), ("retention", "converted", 2)]);
    metrics.add_moves([("start", "awareness", 4), ("awareness", "decision", 1)]);
    metrics.add_commit(Commit::Done, Duration::from_millis(4));
    metrics.set_tasks([task("journey-0", 12), task("insight-0", 3)]);
    metrics.set_worker_answers(true);
    metrics.add_lookups(Lookups { hot: 8, stored: 1, new: 2 });
    metrics.add_letters("late", "grace", 1);
    metrics.set_disk(1 << 30, 1 << 40);
    metrics.add_final_revised(6);
    let (lists, list_differences, unaccounted) = (9, 3, -4);
    let (counters, differences, violations) = (100, 2, 1);
    metrics.add_audit(Audit {
        counters,
        differences,
        lists,
        list_differences,
        violations,
        unaccounted,
    });
    metrics.set_freshness(Duration::from_millis(1_500));
    metrics.add_answer("report", 200, Duration::from_millis(2));
    metrics.add_notice(Notice::Sent);
    let day = Duration::from_secs(86_400);
    metrics.set_findings(&BTreeMap::from([(FindingVerdict::Act, (2, day))]));
    metrics.add_source_records("chat.messages", SourceRecord::Dropped, 2);
    metrics.set_source_lag([("chat.messages", 9)]);
    metrics.set_source_hold("chat.messages", SourceHold::Registry, true);
    metrics.set_restored([("journey-1", 0.25)]);
    metrics.set_changelogs([("journey-0", 3, 70)]);
    metrics
}

/// A task that runs, with so many records before it.
fn task(name: &str, records: i64) -> Task<'_> {
    let (lag_records, lag_seconds) = (Some(records), Some(0.5));
    Task { name, state: TaskState::Running, lag_records, lag_seconds }
}

#[track_caller]
fn says(metrics: &Metrics, line: &str) {
    let text = metrics.render();
    assert!(text.lines().any(|found| found == line), "no line {line} in\n{text}");
}

#[track_caller]
fn says_nothing_of(metrics: &Metrics, part: &str) {
    let text = metrics.render();
    assert!(!text.contains(part), "{part} in\n{text}");
}

#[test]
fn every_name_follows_the_grammar() {
    for name in Name::ALL {
        let text = name.text();
        assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{text}");
        // Names of process metrics are Prometheus' own, so that ready-made dashboards find them.
        assert!(text.starts_with("desirepath_") || text.starts_with("process_"), "{text}");
        let is_total = text.ends_with("_total");
        assert_eq!(is_total, name.kind() == Type::Counter, "{text}: a counter ends in _total");
        let base = text.strip_suffix("_total").unwrap_or(text);
        let units = [("_seconds", Unit::Seconds), ("_bytes", Unit::Bytes)];
        let units = units.into_iter().chain([("_records", Unit::Records), ("_info", Unit::Info)]);
        for (suffix, unit) in units {
            assert_eq!(base.ends_with(suffix), name.unit() == unit, "{text}: {suffix}");
        }
        assert!(!base.contains("milli") && !base.contains("_ms"), "{text}: seconds are the unit");
    }
}

#[test]
fn every_name_has_a_sentence_and_stands_once() {
    let names: BTreeSet<&str> = Name::ALL.iter().map(|name| name.text()).collect();
    assert_eq!(names.len(), Name::ALL.len());
    for name in Name::ALL {
        let sentence = name.sentence();
        assert!(sentence.ends_with('.') && sentence.len() > 20, "{name}: {sentence}");
        assert!(sentence.starts_with(char::is_uppercase), "{name}: {sentence}");
    }
}

#[test]
fn no_label_can_hold_a_person() {
    let allowed = [
        "result", "stage", "outcome", "from", "to", "verdict", "task", "state", "door", "status",
        "topic", "class", "reason",
    ];
    for name in Name::ALL {
        for label in name.labels() {
            assert!(allowed.contains(label) || *label == "version", "{name}: {label}");
        }
    }
}

#[test]
fn every_name_is_rendered_with_its_type_and_no_other_is() {
    let text = busy().render();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let rendered: BTreeSet<String> = types.map(str::to_owned).collect();
    let known = Name::ALL.iter().map(|name| {
        let kind = match name.kind() {
            Type::Counter => "counter",
            Type::Gauge => "gauge",
            Type::Histogram => "histogram",
        };
        format!("{name} {kind}")
    });
    assert_eq!(rendered, known.collect());
    for name in Name::ALL {
        assert!(text.contains(&format!("# HELP {name} {}", name.sentence())), "{name}");
    }
}

#[test]
fn a_batch_is_added_at_once() {
    let metrics = busy();
    metrics.add_touchpoints(Batch { accepted: 10, ..Batch::default() });
    says(&metrics, "desirepath_touchpoints_total{result=\"accepted\"} 15");
    says(&metrics, "desirepath_touchpoints_total{result=\"dead\"} 3");
    says(&metrics, "desirepath_moves_total{from=\"start\",to=\"awareness\"} 4");
    says(&metrics, "desirepath_commits_total{verdict=\"done\"} 1");
    says(&metrics, "desirepath_windows_final_revised_total 6");
    says(&metrics, "desirepath_audit_counters_total 100");
    says(&metrics, "desirepath_audit_differences_total 2");
    says(&metrics, "desirepath_audit_violations 1");
    says(&metrics, "desirepath_drilldown_lists_total 9");
    says(&metrics, "desirepath_drilldown_mismatch_total 3");
    says(&metrics, "desirepath_conservation_difference -4");
    says(&metrics, "desirepath_freshness_seconds 1.5");
    says(&metrics, "desirepath_build_info{version=\"0.1.0\"} 1");
    says(&metrics, "desirepath_http_answers_total{status=\"2xx\"} 1");
    says(&metrics, "desirepath_hot_lookups_total{result=\"hot\"} 8");
    says(&metrics, "desirepath_hot_lookups_total{result=\"stored\"} 1");
    says(&metrics, "desirepath_hot_lookups_total{result=\"new\"} 2");
    says(&metrics, "desirepath_letters_total{class=\"grace\",topic=\"late\"} 1");
    says(&metrics, "desirepath_worker_answers 1");
    says(&metrics, "desirepath_disk_free_bytes 1073741824");
}

#[test]
fn counters_that_alerts_look_at_are_there_from_the_start() {
    let metrics = Metrics::new("0.1.0");
    says(&metrics, "desirepath_touchpoints_total{result=\"dead\"} 0");
    says(&metrics, "desirepath_commits_total{verdict=\"fenced\"} 0");
    says(&metrics, "desirepath_hot_lookups_total{result=\"stored\"} 0");
    says(&metrics, "desirepath_worker_answers 0");
}

#[test]
fn a_stage_that_has_emptied_says_zero_and_a_task_that_has_left_says_nothing() {
    let metrics = busy();
    metrics.set_journeys([("retention", "converted", 3)]);
    metrics.set_tasks([task("insight-0", 4)]);
    metrics.set_changelogs([("insight-0", 0, 8)]);
    says(&metrics, "desirepath_journeys{outcome=\"open\",stage=\"decision\"} 0");
    says(&metrics, "desirepath_journeys{outcome=\"converted\",stage=\"retention\"} 3");
    says(&metrics, "desirepath_lag_records{task=\"insight-0\"} 4");
    says_nothing_of(&metrics, "task=\"journey-0\"");
}

#[test]
fn a_task_is_in_one_state_and_what_is_not_known_of_it_is_not_said() {
    let metrics = busy();
    says(&metrics, "desirepath_task_state{state=\"running\",task=\"journey-0\"} 1");
    says(&metrics, "desirepath_lag_seconds{task=\"journey-0\"} 0.5");
    let (state, name) = (TaskState::Replaying, "journey-0");
    metrics.set_tasks([Task { name, state, lag_records: None, lag_seconds: None }]);
    says(&metrics, "desirepath_task_state{state=\"replaying\",task=\"journey-0\"} 1");
    says_nothing_of(&metrics, "state=\"running\"");
    says_nothing_of(&metrics, "desirepath_lag_seconds{");
    says_nothing_of(&metrics, "desirepath_lag_records{");
}

#[test]
fn a_commit_falls_into_one_of_eight_buckets() {
    let text = busy().render();
    let buckets = |line: &&str| line.starts_with("desirepath_commit_duration_seconds_bucket");
    // The ninth is the one without a bound.
    assert_eq!(text.lines().filter(buckets).count(), 9);
    says(&busy(), "desirepath_commit_duration_seconds_bucket{le=\"0.001\"} 0");
    says(&busy(), "desirepath_commit_duration_seconds_bucket{le=\"0.005\"} 1");
}

#[test]
fn processor_time_never_falls() {
    let metrics = Metrics::new("0.1.0");
    let cpu = || {
        let text = metrics.render();
        let line = text.lines().find_map(|line| line.strip_prefix("process_cpu_seconds_total "));
        line.and_then(|value| value.parse::<f64>().ok()).expect("a number")
    };
    let first = cpu();
    assert!(cpu() >= first);
}

#[test]
fn a_process_has_few_series() {
    let metrics = busy();
    let stages = ["none", "awareness", "consideration", "decision", "retention"];
    let pairs = |ends: &[&'static str]| {
        let pairs = stages.iter().flat_map(|stage| ends.iter().map(move |end| (*stage, *end)));
        pairs.collect::<Vec<_>>()
    };
    let outcomes = pairs(&["open", "converted", "lost", "cold", "expired"]);
    metrics.set_journeys(outcomes.into_iter().map(|(stage, outcome)| (stage, outcome, 1)));
    metrics.add_moves(pairs(&stages).into_iter().map(|(from, to)| (from, to, 1)));
    let tasks: Vec<String> = (0..16).map(|at| format!("journey-{at}")).collect();
    metrics.set_tasks(tasks.iter().map(|name| task(name, 1)));
    for class in ["malformed", "schema", "invalid", "future", "oversize"] {
        metrics.add_letters("dead-letters", class, 1);
    }
    for class in ["sealed", "retention", "grace"] {
        metrics.add_letters("late", class, 1);
    }
    for door in ["touchpoints", "clock", "report", "insights", "customers", "customer", "topics"] {
        metrics.add_answer(door, 503, Duration::ZERO);
    }
    for door in ["audit", "health", "other"] {
        metrics.add_answer(door, 404, Duration::ZERO);
    }
    let text = metrics.render();
    let series = text.lines().filter(|line| !line.starts_with('#')).count();
    assert!(series <= 300, "{series} series");
}

#[test]
fn logs_that_cannot_be_set_up_say_how_to_mend_it() {
    let error = start_logs("engine=loud", Format::Json).expect_err("no such level").to_string();
    assert!(error.contains("engine=loud") && error.ends_with("[D0651]"), "{error}");
    start_logs("info,engine=debug", Format::Json).expect("a filter");
    let error = start_logs("info", Format::Human).expect_err("a second time").to_string();
    assert!(error.ends_with("[D0652]"), "{error}");
}
