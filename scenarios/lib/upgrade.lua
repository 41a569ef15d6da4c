-- A rolling upgrade from one release to the next, node by node, under load, and what users lose on the way.
local incident = require "incident"
local shops = require "shops"

local upgrade = {}

upgrade.params = { beaters = 15, shops = 15, apart = s(45), rest = minutes(4) }

upgrade.must_see = { "node.boot", "client.registered", "client.closed", "snapshot.loaded" }

-- The topology before: all nodes have the old release, whatever --profile says, for that is what the story is about.
function upgrade.topology(from)
  return { nodes = 3, lan = { rtt = between(us(300), ms(5)) }, profile = from,
           profiles = { n1 = from, n2 = from, n3 = from } }
end

-- Counts, over all nodes, how long somebody who lives is missing and somebody who is gone is listed.
local function watch_users(w, nodes, living)
  local missing = {}
  for i, n in ipairs(nodes) do
    missing[i] = watch(function() return n:alive() and n:state().initialised and not n:knows(living) end)
  end
  return function()
    local longest = s(0)
    for _, watched in ipairs(missing) do
      for _, span in ipairs(watched:spans()) do
        local length = (span.to or now()) - span.from
        if length > longest then longest = length end
      end
    end
    return longest
  end
end

-- Tells the story, and returns for how long, at worst, one who lived was missing on a server that was up and had loaded:
-- { connected =, beating = }. Each node restarts as `to` and has `apart` to settle before the next goes. `agree` is what must be
-- true in the end, else that all nodes list the truth, health and metadata included.
function upgrade.roll(w, p, to, agree)
  local nodes = { w:nodes() }
  step "connected and heartbeat clients are known everywhere"
  local kind = nodes[1]:setting "distrosim.generation" == 1 and "nacos-client-1" or "nacos-client-2"
  local beaters = shops.open(w, { count = p.beaters, name = "beater", service = "shop", servers = nodes,
                                  kind = "nacos-client-1" })
  local open = shops.open(w, { count = p.shops, name = "shop", service = "shop", servers = nodes, kind = kind })
  local fleet = w:fleet { name = "fleet", clients = 30, services = 6, over = s(5), kind = kind }
  eventually(s(20) + s(3), function() return w:converged() end, "all known everywhere")
  wait(between(s(6), s(12)))
  local longest_gap = watch_users(w, nodes, { table.unpack(beaters) })
  local longest_gap_connected = watch_users(w, nodes, { table.unpack(open) })
  local refused = 0

  step "the upgrade begins, and clients come and go"
  fleet:churn { register = per_second(0.2), close = per_second(0.2), update = per_second(0.5),
                for_ = p.apart * #nodes }
  local writing = every(s(3), function()
    if not open[1]:update { service = "shop", metadata = { at = tostring(now() / s(1)) } } then refused = refused + 1 end
  end)
  for _, n in ipairs(nodes) do
    step(n.name .. " becomes " .. to)
    w:upgrade(n, to)
    wait(p.apart)
  end
  writing:stop()
  local lost = { beating = longest_gap(), connected = longest_gap_connected() }
  measure("heartbeat client missing for at most", lost.beating)
  measure("connected client missing for at most", lost.connected)
  measure("writes refused", refused)

  step "it is done, and all agree on the truth"
  local done = now()
  local living = { table.unpack(beaters) }
  for _, shop in ipairs(open) do living[#living + 1] = shop end
  local agreed = agree or function() return w:converged() end
  eventually(p.rest, function() return agreed(living) end, "all agree on the truth")
  measure("agreed after", now() - done)
  wait(s(30))
  expect(agreed(living), "they drifted apart again")
  return lost
end

return upgrade
