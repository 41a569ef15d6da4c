-- After a batch registration changes its list, one server keeps the old list for ever, and nothing notices:
-- nacos#11192.
-- Affected: 2.1.2 to 2.2.4; cured in 2.3.0. EphemeralClientOperationServiceImpl#batchRegisterInstance did not
-- recalculate the revision, so VERIFY is content with a replica that missed the change. (Before 2.1.1 there are no batches.)
local incident = require "incident"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.updated" },

  story = function(w)
    local a, b, c = w:nodes()
    if setting "distrosim.generation" == 1 or not setting "distrosim.batchRegister" then return end
    local function batch(...)
      local instances = {}
      for _, port in ipairs { ... } do instances[#instances + 1] = { ip = "10.9.0.1", port = port } end
      return { service = "shop", instances = instances }
    end
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register_batch(batch(1, 2)), "a refused it")
    incident.settled(w, shop)

    step "the batch grows; b answers OK to the push and forgets it"
    w:intercept { from = a, to = b, op = "CHANGE", action = "refuse_apply", reply = "ok" }
    expect(shop:register_batch(batch(1, 2, 3)), "a refused the second batch")
    local wrong = incident.longest("wrong for", function() return #a:instances "shop" ~= #b:instances "shop" end)
    wait(minutes(2))
    local took = wrong()
    measure("VERIFY answered FAIL", a:counters(b).verify_mismatch)
    expect(took <= incident.push() + incident.repair, "b shows the old batch still")
  end,
}
