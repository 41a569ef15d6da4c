-- What a way to join two regions costs in quiet times, and how soon a change is seen across.
-- For the study (tools/site-study); it claims only that changes do come across, and that no instance is lost at home.
local study = require "study"

return scenario {
  params   = { way = "stretched", rtt = ms(30), loss = percent(0), servers = 3, clients = 80, providers = 2, churn = per_second(1), for_ = s(60), over = s(20) },
  topology = study.topology,
  story = function(w, p)
    local fleets = study.fleets(w, p)
    step "everybody comes"
    local up = watch(function() return study.all_across(w, fleets) end)
    wait(p.over + s(100))
    measure("bring-up", up:first() or now())
    expect(up:first(), "not all came across")
    up:stop()
    local bytes_before, messages_before = study.crossed(w)
    local there = study.across(w)
    local seen_before = there.consumers.count
    step "some come and go"
    for _, fleet in pairs(fleets) do fleet:churn { register = p.churn, close = p.churn, for_ = p.for_ } end
    wait(p.for_)
    local bytes_after, messages_after = study.crossed(w)
    wait(s(20))
    local east_west, west_east = study.across(w)
    expect(east_west.consumers.count > seen_before, "no change was seen across")
    measure("WAN bytes a second", (bytes_after - bytes_before) / (p.for_ / s(1)))
    measure("WAN messages a second", (messages_after - messages_before) / (p.for_ / s(1)))
    measure("WAN peak bytes in a second", (east_west.peak_bytes + west_east.peak_bytes) / bytes(1))
    measure("seen across p50", east_west.consumers.p50)
    measure("seen across p90", east_west.consumers.p90)
    measure("seen across p99", east_west.consumers.p99)
    measure("seen across max", east_west.consumers.max)
    local west = w:metrics { site = "west" }
    measure("stale share", west.stale / west.consumer_time)
    measure("locality", west.locality or 0)
    measure("flaps", west.flaps)
  end,
}
