-- One cluster stretched over two regions, on a WAN of a class, with the settings that decide how it lives there: how soon a change is seen,
-- what it costs, how many of the living are dropped, how long the dead stay. The longest outage of a class
-- decides how long a lease it needs. For the study (tools/site-study); it claims nothing else.
local study = require "study"

local classes = {
  near = { rtt = ms(30), loss = percent(0.01), outage = s(10) },              -- a leased line between cities
  far  = { rtt = ms(75), loss = percent(0.1), stall = s(2), outage = s(30) }, -- between countries: a stall now and then
  poor = { rtt = ms(220), loss = percent(2), stall = s(6), outage = s(60) },  -- another continent over the public Internet
}

return scenario {
  params   = { wan = "near", verify = s(5), delay = s(1), retry = s(3), timeout = s(3), lease = s(180), clients = 60, services = 20,
               churn = per_second(1), for_ = minutes(4) },
  topology = function(p)
    local wan = classes[p.wan] or error("wan: near, far or poor")
    return {
      sites = { east = 3, west = 3 }, wan = { rtt = wan.rtt, loss = wan.loss, jitter = percent(10) },
      settings = {
        ["nacos.core.protocol.distro.data.verify.intervalMs"] = p.verify,
        ["nacos.core.protocol.distro.data.verify.timeoutMs"] = p.timeout,
        ["nacos.core.protocol.distro.data.sync.delayMs"] = p.delay,
        ["nacos.core.protocol.distro.data.sync.retryDelayMs"] = p.retry,
        ["nacos.core.protocol.distro.data.sync.timeoutMs"] = p.timeout,
        ["nacos.naming.client.expired.time"] = p.lease,
      },
    }
  end,
  story = function(w, p)
    local class = classes[p.wan]
    local fleets = {}
    for _, home in ipairs { "east", "west" } do
      fleets[home] = w:fleet { name = home, server = home, clients = p.clients // 2, services_of = fleets.east, services = not fleets.east and p.services or nil, over = s(10) }
      w:fleet { name = home .. "-user", server = home, clients = p.clients // 2, services_of = fleets.east, instances = 0, subscribe = 1, over = s(1) }
    end
    wait(s(60))
    local function sums()
      return { bytes = study.crossed(w), flaps = w:metrics { site = "west" }.flaps + w:metrics { site = "east" }.flaps }
    end
    local before = sums()
    local trouble = class.stall and every(s(30), function() w:clog("east", "west", class.stall) end)
    for _, fleet in pairs(fleets) do fleet:churn { register = p.churn, close = p.churn, for_ = p.for_ } end
    wait(p.for_)
    measure("WAN bytes a second", (sums().bytes - before.bytes) / (p.for_ / s(1)))
    local west = w:metrics { site = "west" }
    local seen = w:metrics { from = "east", to = "west" }.consumers
    measure("seen across p50", seen.p50)
    measure("seen across p99", seen.p99)
    measure("longest stale cache", west.longest_stale)
    if trouble then trouble:stop() end
    step "an outage of the WAN"
    w:cut("east", "west")
    wait(class.outage)
    w:heal()
    wait(s(60))
    measure("living entries that left a cache", sums().flaps - before.flaps)
    step "the east is lost"
    w:blackhole "east"
    fleets.east:kill(100000)
    for _, node in ipairs(w:site "east") do w:crash(node) end
    local lost = now()
    wait(p.lease + s(20))
    west = w:metrics { site = "west" }
    measure("last zombie after", west.zombies_left > 0 and p.lease + s(20) or (west.last_zombie or lost) - lost)
  end,
}
