"""Plans of statements: for any values, for given ones, measured; and that nothing of it leaves a trace."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from nexus_studio.core.admin.plantree import ExplainedPlan, read_tree
from nexus_studio.core.errors import MaintenanceRefused, StudioError
from nexus_studio.core.tasks import TaskContext
from nexus_studio.services.health.planning import PlanService, plan_of
from nexus_studio.services.session import Session
from tests.support.fix_pgbouncer import OpenPooler

Sql = Callable[..., list[tuple[Any, ...]]]

CTX = TaskContext.for_test()


@pytest.fixture
def plans(session: Session, sql: Sql) -> PlanService:
    sql("CREATE TABLE t (id int PRIMARY KEY, a text, n int)")
    sql("INSERT INTO t SELECT i, 'word ' || i, i % 7 FROM generate_series(1, 5000) i")
    sql("CREATE TABLE u (id int PRIMARY KEY, t int REFERENCES t)")
    sql("INSERT INTO u SELECT i, i FROM generate_series(1, 2000) i")
    sql("ANALYZE t, u")
    return PlanService(session)


def refused(plans: PlanService, statement: str, **how: Any) -> MaintenanceRefused:
    with pytest.raises(MaintenanceRefused) as caught:
        plans.explain(statement, CTX, **how)
    return caught.value


def test_a_plan_for_any_values(plans: PlanService) -> None:
    plan = plans.explain("SELECT a FROM t WHERE id = $1 AND a LIKE '%' || $2;", CTX)
    assert (plan.is_generic, plan.was_run, plan.execution_ms) == (True, False, None)
    assert plan.lines[0].startswith("Index Scan using t_pkey on t")
    root = plan.root
    assert (root.kind, root.subject, root.rows, root.ms) == ("Index Scan", "t_pkey on t", 1, None)
    assert ("Index Cond", "(id = $1)") in root.details
    assert 0 < root.startup_cost < root.cost
    assert plan.share(root) == pytest.approx(1)
    assert plans.explain("SELECT 1", CTX).lines[0].startswith("Result")
    assert plans.explain("DELETE FROM t WHERE id = $1", CTX).root.kind == "Delete"


def test_given_values_make_a_plan_of_their_own(plans: PlanService, sql: Sql) -> None:
    sql("CREATE INDEX threes ON t (n) WHERE n = 3")
    asked = "SELECT * FROM t WHERE n = $1"
    assert "threes" not in plans.explain(asked, CTX).text
    plan = plans.explain(asked, CTX, values=["3"])
    assert "threes" in plan.text
    assert not plan.is_generic
    assert plans.explain("SELECT * FROM t WHERE a = $1", CTX, values=[None]).root.kind == "Result"  # never true
    assert "o''clock" in plans.explain("SELECT * FROM t WHERE a = $1", CTX, values=["o'clock"]).text
    found = refused(plans, asked, values=["no number"])
    assert found.code == "plan.refused"
    assert found.report is not None
    assert "no number" in found.report.message
    assert refused(plans, asked, values=["1", "2"]).facts == {"wanted": 1, "given": 2}


def test_running_measures_each_step(plans: PlanService) -> None:
    asked = "SELECT t.n, count(*) FROM t JOIN u ON u.t = t.id WHERE u.id <= $1 GROUP BY t.n ORDER BY 2"
    plan = plans.explain(asked, CTX, values=["500"], runs=True)
    assert plan.was_run
    assert plan.execution_ms is not None
    assert plan.root.actual_rows == 7
    scan = next(each for each in plan.root.walk() if each.subject in {"u", "u_pkey on u"})
    assert scan.actual_rows == 500
    assert sum(plan.share(each) for each in plan.root.walk()) == pytest.approx(1)
    assert 0 < plan.share(plan.heaviest) <= 1
    own = sum(each.own_ms or 0 for each in plan.root.walk())
    assert own <= plan.execution_ms * 1.2 + 1
    assert "actual time=" in plan.lines[0]
    assert plan.lines[-1].startswith("Execution Time: ")
    assert any("Buffers" in line or "Shared Hit Blocks" in line for line in plan.lines)


def test_only_what_asks_is_run_and_nothing_of_it_lasts(plans: PlanService, session: Session, sql: Sql) -> None:
    before = sql("SELECT count(*), sum(n) FROM t")
    assert refused(plans, "DELETE FROM t", runs=True).code == "plan.not_run"
    assert (
        refused(plans, "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", runs=True).code == "plan.refused"
    )
    assert refused(plans, "SELECT * INTO other FROM t", runs=True).code == "plan.not_run"
    assert plans.explain("SELECT 'into', n AS \"into\" FROM t", CTX, runs=True).was_run
    sql("CREATE SEQUENCE s")
    assert refused(plans, "SELECT nextval('s')", runs=True).code == "plan.refused"
    assert refused(plans, "SELECT * FROM t FOR UPDATE", runs=True).code == "plan.refused"
    sql("CREATE FUNCTION sly() RETURNS int LANGUAGE plpgsql AS 'BEGIN DELETE FROM t; RETURN 1; END'")
    assert refused(plans, "SELECT sly()", runs=True).code == "plan.refused"
    plans.explain("SELECT pg_advisory_lock(7)", CTX, runs=True)
    assert sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
    plans.explain("SELECT set_config('work_mem', '1GB', false)", CTX, runs=True)
    with session.read(CTX) as connection:
        assert connection.exec_driver_sql("SHOW work_mem").scalar_one() != "1GB"
        assert connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one() == 0
    assert sql("SELECT count(*), sum(n) FROM t") == before
    for attack in ("SELECT 1; DROP TABLE t", "SELECT $1; COMMIT; DROP TABLE t", "TABLE t; TABLE u"):
        assert refused(plans, attack).code == "plan.refused", attack
    for nothing in ("", "DROP TABLE t", "ANALYZE t", "EXPLAIN ANALYZE DELETE FROM t", "-- SELECT 1"):
        assert refused(plans, nothing).code == "plan.none", nothing
    assert sql("SELECT count(*), sum(n) FROM t") == before


STATEMENTS = (
    "SELECT * FROM t",
    "SELECT * FROM t WHERE id < 10 ORDER BY a DESC LIMIT 3",
    "SELECT n, count(*) FROM t GROUP BY n HAVING count(*) > 1",
    "SELECT * FROM t LEFT JOIN u ON u.t = t.id WHERE u.id IS NULL",
    "SELECT * FROM t WHERE id IN (SELECT t FROM u) ORDER BY id DESC",
    "WITH w AS MATERIALIZED (SELECT * FROM u) SELECT * FROM w x, t WHERE x.id = t.id",
    "SELECT (SELECT max(id) FROM u), id FROM t WHERE n = (SELECT min(n) FROM t)",
    "SELECT * FROM t UNION SELECT id, '', 0 FROM u",
    "SELECT id FROM t EXCEPT SELECT id FROM u",
    "SELECT sum(n) OVER (PARTITION BY a) FROM t",
    "SELECT * FROM generate_series(1, 3) g(x)",
    "VALUES (1), (2)",
    "UPDATE t SET n = 1 WHERE id = 5",
)


def named(line: str) -> str:
    return line.strip().removeprefix("->").strip().partition("  (")[0]


@pytest.mark.parametrize("asked", STATEMENTS)
def test_the_tree_names_steps_as_the_servers_own_text_does(plans: PlanService, session: Session, asked: str) -> None:
    plan = plans.explain(asked, CTX)
    own = [named(line) for line in plan.lines if "(cost=" in line]
    with session.read(CTX) as connection:
        ours = read_tree(connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {asked}").scalar_one())
    assert [named(line) for line in ours.lines if "(cost=" in line] == own
    assert len(list(plan.root.walk())) == len(own)
    for line, mine in zip(
        (line for line in plan.lines if "(cost=" in line),
        (line for line in ours.lines if "(cost=" in line),
        strict=True,
    ):
        assert line.partition("  (")[2] == mine.partition("  (")[2]  # cost, rows and width
        assert len(line) - len(line.lstrip()) == len(mine) - len(mine.lstrip())


def test_parallel_steps_count_rows_once_and_time_as_it_passed(plans: PlanService, session: Session) -> None:
    with session.read(CTX) as connection:
        for setting in ("parallel_setup_cost = 0", "parallel_tuple_cost = 0", "min_parallel_table_scan_size = 0"):
            connection.exec_driver_sql(f"SET LOCAL {setting}")
        plan = plan_of(connection, "SELECT count(*) FROM t WHERE n < 7", runs=True)
    scan = next(each for each in plan.root.walk() if each.subject == "t")
    assert scan.kind == "Parallel Seq Scan"
    assert scan.actual_rows is not None
    assert abs(scan.actual_rows - 5000) <= (scan.loops or 0)  # a mean of each process, rounded before PostgreSQL 18
    assert plan.execution_ms is not None
    assert all((each.ms or 0) <= plan.execution_ms for each in plan.root.walk())


def test_what_was_misjudged_is_marked(plans: PlanService, sql: Sql) -> None:
    sql("CREATE TABLE same AS SELECT i % 10 AS a, i % 10 AS b, i % 10 AS c FROM generate_series(1, 20000) i")
    sql("ANALYZE same")
    plan = plans.explain("SELECT * FROM same WHERE a = 1 AND b = 1 AND c = 1", CTX, runs=True)
    scan = next(each for each in plan.root.walk() if each.subject == "same")
    assert scan.misjudged is not None
    assert scan.misjudged > 10
    assert plans.explain("SELECT * FROM t", CTX, runs=True).root.misjudged is None


def test_behind_a_pooler(open_pooler: OpenPooler) -> None:
    with closing(Session.open(open_pooler(1), None, CTX)) as opened:
        plans = PlanService(opened)
        for _ in range(2):
            assert plans.explain("SELECT * FROM pg_class WHERE oid = $1", CTX).is_generic
            assert plans.explain("SELECT count(*) FROM pg_class", CTX, runs=True).was_run


def test_it_ends_with_the_time_out_of_the_environment(plans: PlanService, session: Session) -> None:
    ctx = TaskContext.for_test()
    with pytest.raises(StudioError), session.read(ctx, timeout_ms=50) as connection:
        plan_of(connection, "SELECT pg_sleep(20)", runs=True)


def never(plan: ExplainedPlan) -> list[str]:
    return [each.kind for each in plan.root.walk() if each.is_never_run]


def test_a_step_that_was_not_needed_says_so(plans: PlanService) -> None:
    plan = plans.explain(
        "SELECT * FROM t WHERE false OR (n < 0 AND id IN (SELECT t FROM u WHERE id < 0))", CTX, runs=True
    )
    assert plan.root.actual_rows == 0
    once = plans.explain("SELECT CASE WHEN n < 0 THEN (SELECT count(*) FROM u) END FROM t", CTX, runs=True)
    assert "Aggregate" in never(once)
    assert any("(never executed)" in line for line in once.lines)
