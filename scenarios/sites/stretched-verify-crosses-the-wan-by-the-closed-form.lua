-- Questions 18 and 19 of README.md: what crosses the WAN of a stretched cluster follows its closed forms within 5 %: C * n / 5 VERIFY a second
-- (C clients of a region, consumers included; n servers of the other) and w * n pushes (w changes a second). Three clusters
-- of 3+3, 5+5 and 9+9 servers with as many clients each show what growth costs: it is linear in the servers, and with a fixed number of
-- clients per server quadratic; nothing about it is exponential.
local bounds = require "bounds"
local sizes = { three = 3, five = 5, nine = 9 }

return scenario {
  params   = { rtt = ms(30), clients = 60, consumers = 40, churn = per_second(2), for_ = s(100) },
  topology = function(p)
    local clusters = {}
    for name, n in pairs(sizes) do clusters[name] = { sites = { east = n, west = n }, wan = { rtt = p.rtt } } end
    return { clusters = clusters, wan = { rtt = p.rtt } }
  end,
  story = function(w, p)
    local fleets = {}
    for name in pairs(sizes) do
      fleets[name] = w:cluster(name):fleet { name = name, clients = p.clients, services = 10, sites = { east = 1 } }
      w:cluster(name):fleet { name = name .. "-user", clients = p.consumers, services_of = fleets[name], instances = 0, subscribe = 1, sites = { east = 1 } }
    end
    wait(s(20))
    local function across(name)
      local seen = w:cluster(name):metrics { from = "east", to = "west" }
      return seen.by_class.verify.messages, seen.by_class.sync.messages + seen.by_class.repair.messages, seen.nodes.count
    end
    local verify, pushes, writes = {}, {}, {}
    for name in pairs(sizes) do verify[name], pushes[name], writes[name] = across(name) end
    for name in pairs(sizes) do fleets[name]:churn { update = p.churn, for_ = p.for_ } end
    wait(p.for_)
    for name, n in pairs(sizes) do
      local after_verify, after_pushes = across(name)
      local rate = (after_verify - verify[name]) / (p.for_ / s(1))
      local form = (p.clients + p.consumers) * n / (bounds.round() / s(1))
      measure(name .. ": VERIFY a second", rate)
      measure(name .. ": by the closed form", form)
      expect(math.abs(rate - form) < 0.05 * form, name .. ": " .. rate .. " VERIFY a second, expected " .. form)
    end
    wait(s(10))
    for name, n in pairs(sizes) do
      local _, after_pushes, after_writes = across(name)
      local each = (after_pushes - pushes[name]) / (after_writes - writes[name])
      measure(name .. ": pushes for each change", each)
      expect(each > 0.95 * n and each < 1.3 * n, name .. ": " .. each .. " pushes for each change")
    end
  end,
}
