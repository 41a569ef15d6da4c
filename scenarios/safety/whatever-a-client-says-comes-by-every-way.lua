-- What an instance says (namespace, group, cluster, disabled, weight, metadata, a batch) comes to every server by every
-- way that data takes: push, retry, repair after VERIFY, snapshot, and the redo of a client whose server died.
-- A table of attributes times ways: each cell has a client of its own, and must be everywhere as it was acknowledged.
local bounds = require "bounds"

local attributes = {
  { name = "plain" },
  { name = "namespace", namespace = "blue" },
  { name = "group", group = "gold" },
  { name = "cluster", cluster = "edge" },
  { name = "disabled", enabled = false },
  { name = "weight", weight = 0.5 },
  { name = "metadata", metadata = { version = "2", ["zone a"] = "x=1\n" } },
  { name = "batch", instances = { { port = 1 }, { port = 2, weight = 3 }, { port = 3, metadata = { v = "3" } } } },
}

return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "sync.retried", "verify.repair", "snapshot.loaded", "client.redo" },
  always   = { checks.no_rollback {}, checks.no_zombies {} },

  story = function(w)
    local a, b, c = w:nodes()
    local batches = setting "distrosim.batchRegister"

    -- A client for each attribute registers at `server`; all is everywhere, as it was said, within `bound`.
    local function cells(way, server, bound)
      for i, attribute in ipairs(attributes) do
        local said = { service = "shop-" .. way .. "-" .. i }
        for field, value in pairs(attribute) do if field ~= "name" then said[field] = value end end
        local k = w:client { name = way .. "-" .. attribute.name, server = server }
        if said.instances == nil then
          expect(k:register(said), server.name .. " refused " .. attribute.name)
        elseif batches then
          expect(k:register_batch(said), server.name .. " refused a batch")
        end
      end
      eventually(bound, function() return w:converged() end, "by " .. way .. ", all is everywhere as it was said")
    end
    local count = batches and #attributes or #attributes - 1
    local firsts = {}
    for i = 1, count do firsts[i] = i end

    step "by push"
    cells("push", a, bounds.push(ms(5)))
    step "by a retry: the first push of each to b is lost"
    w:intercept { from = a, to = b, op = "CHANGE", nth = firsts, action = "drop" }
    cells("retry", a, bounds.push() + setting "nacos.core.protocol.distro.data.sync.timeoutMs" + bounds.again() + s(1))
    step "by a repair: b answers the first push of each OK, and does nothing"
    w:intercept { from = a, to = b, op = "CHANGE", nth = firsts, action = "refuse_apply", reply = "ok" }
    cells("repair", a, bounds.push() + bounds.repair(ms(5)) + s(1))
    step "by a snapshot: b starts again"
    w:restart(b)
    eventually(s(40), function() return b:state().ready and w:converged() end, "b has it all by its snapshot")
    step "by redo: c dies with what was registered at it, and comes back"
    cells("redo", c, bounds.push(ms(5)))
    w:crash(c)
    wait(s(2))
    w:restart(c)
    eventually(s(40), function() return w:converged() end, "c has it all again")
    wait(s(20))
    expect(w:converged(), "it did not last")
  end,
}
