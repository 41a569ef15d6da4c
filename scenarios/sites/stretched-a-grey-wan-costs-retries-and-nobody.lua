-- Question 11 of README.md: 220 ms, 1 % loss, and stalls of 3 s. Pushes run into their time-out of 3 s and are sent again, some twice
-- for nothing; no instance is lost anywhere and no list is empty, for a lost VERIFY is one of 36 that would have to be.
-- FINDING: the dead are another matter. A push that times out after its client has closed takes the place of the queued DELETE
-- (findings/a-closed-client-stays-listed-because-a-push-was-retried), and a zombie stays for the lease: with a client leaving every half
-- second, one run in four ends with one. So all agree 40 s after the last stall, or when that
-- lease is over, which begins with the late push: its delay, its time-out and a retry after the close.
local bounds = require "bounds"
local stretched = require "stretched"

return scenario {
  params   = { rtt = ms(220), loss = percent(1), services = 10, each = 2, churn = per_second(2), for_ = s(180), every = s(20), stall = s(3) },
  topology = function(p)
    local made = stretched.topology(p.rtt)
    made.wan.loss = p.loss
    return made
  end,
  must_see = { "link.clog", "sync.failed", "sync.retried" },
  always   = function(p) return { checks.no_lost_instances { grace = s(30) }, checks.no_zombies { grace = bounds.lease + bounds.push(p.rtt) + s(6) }, checks.no_empty_service { grace = s(30) } } end,
  story = function(w, p)
    local east, west, users = stretched.fleets(w, p)
    wait(s(20))
    east:churn { register = p.churn, close = p.churn, for_ = p.for_ }
    west:churn { register = p.churn, close = p.churn, for_ = p.for_ }
    step "the WAN stalls again and again"
    local stalls = every(p.every, function() w:clog("east", "west", p.stall) end)
    wait(p.for_)
    stalls:stop()
    local retries = 0
    for _, node in ipairs(w:site "east") do retries = retries + node:counters().retries end
    measure("retries of eastern servers", retries)
    measure("seen across, 99 %", w:metrics { from = "east", to = "west" }.consumers.p99)
    expect(retries > 0 and w:metrics { site = "west" }.flaps == 0, "an entry flapped")
    eventually(s(40) + bounds.lease, function() return stretched.settled(w) end, "all agree in the end")
  end,
}
