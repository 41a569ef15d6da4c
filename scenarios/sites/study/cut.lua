-- What clients of either region can do while the WAN is cut, and how long it takes to be right after the heal.
-- For the study (tools/site-study); it claims only that each region goes on listing its own.
local study = require "study"

return scenario {
  params   = { way = "stretched", rtt = ms(30), loss = percent(0), servers = 3, clients = 80, providers = 2, churn = per_second(1), cut_for = s(60), over = s(20) },
  topology = study.topology,
  story = function(w, p)
    local fleets = study.fleets(w, p)
    wait(p.over + s(100) + between(s(0), s(6)))
    expect(study.all_across(w, fleets), "not all came across")
    local function sums()
      local east, west = w:metrics { site = "east" }, w:metrics { site = "west" }
      return { calls = east.writes + east.reads + west.writes + west.reads,
               failed = east.writes_failed + east.reads_failed + west.writes_failed + west.reads_failed,
               time = east.consumer_time + west.consumer_time, empty = east.false_empty + west.false_empty,
               unreachable = east.unreachable + west.unreachable, flaps = east.flaps + west.flaps }
    end
    local before = sums()
    step "the WAN is cut; the writes go on"
    w:cut("east", "west")
    for _, fleet in pairs(fleets) do fleet:churn { register = p.churn, for_ = p.cut_for } end
    wait(p.cut_for)
    local after = sums()
    local calls, failed = after.calls - before.calls, after.failed - before.failed
    measure("calls that succeed", calls > 0 and 1 - failed / calls or 1)
    measure("caches with somebody to call", 1 - (after.empty - before.empty) / (after.time - before.time))
    measure("unreachable entries in a cache", (after.unreachable - before.unreachable) / (after.time - before.time))
    step "it is back"
    w:heal()
    local healed = now()
    local right = watch(function() return study.all_across(w, fleets) end)
    wait(minutes(6))
    measure("all across again after", right:first() and right:first() - healed or minutes(6))
    measure("not in six minutes", right:first() and 0 or 1)
    measure("flaps", sums().flaps)
  end,
}
