-- In 1.x one member behind a cut keeps the others waiting: a push is synchronous and keeps its worker.
-- No sender reads a member's state before a push, a dead one included (DistroHttpAgent#syncData), and a connection
-- into the cut takes 5 s to fail; whatever the same worker was to send to others waits behind it. With one processor
-- there is one worker; digests, which do not use it, are kept out of the way here.
local bounds = require "bounds"
local v1 = require "v1"

return scenario {
  params   = { processors = 1 },
  topology = function(p)
    local own = { ["nacos.common.processors"] = p.processors } -- each node's own: --setting does not change it
    return v1.topology(3, { settings = { n1 = own, n2 = own, n3 = own } })
  end,
  must_see = { "link.cut", "sync.failed", "sync.retried" },

  story = function(w)
    local a, b, c = w:nodes()
    w:intercept { op = "CHECKSUM", nth = "all", action = "drop" }
    -- Services that are a's whether b is counted or not, since it will be DOWN for a and UP for c.
    local mine = {}
    for i = 1, 60 do
      if a:owns("DEFAULT_GROUP@@shop-" .. i) then mine[#mine + 1] = "shop-" .. i end
    end
    step "b is cut off"
    w:cut(a, b)
    eventually(s(30), function() return a:state().members.n2 == "DOWN" end, "a holds b for DOWN")
    local name
    for _, service in ipairs(mine) do
      if a:owns("DEFAULT_GROUP@@" .. service) then name = service break end
    end

    step "shops open on a, which pushes to b in vain: c has to wait"
    local slowest = s(0)
    for i = 1, 8 do
      local next = w:client { name = "next-" .. i, server = a }
      expect(next:register { service = name }, "a refused it")
      local opened = now()
      -- A PUT into the cut that is under way, one that was queued before, and the push itself.
      eventually(s(5) * 2 + bounds.push_v1, function() return c:knows(next) end, "c lists it in the end")
      if now() - opened > slowest then slowest = now() - opened end
      wait(between(s(0), s(3)))
    end
    measure("c waited up to", slowest)
    expect(slowest > bounds.push_v1, "nothing was held up")
  end,
}
