-- An instance that was taken down cleanly stays listed, healthy, on one node for three minutes: consumers of
-- that node call a dead address.
-- In Nacos: DistroClientTaskFailedHandler#retry puts a CHANGE into the delay queue, and DistroDelayTask#merge
-- lets the last to come win. A push is under way when its client closes; it times out while the DELETE still
-- waits out its second, and the retry takes the DELETE's place. When due it finds no client: "no data, skip"
-- (PROTOCOL.md 9.6.1). Only the lease ends the replica.
-- --set cured=true keeps the DELETE (distrosim.retryMayOverrideDelete = false): gone with that retry.
local bounds = require "bounds"

return scenario {
  params   = { cured = false },
  topology = function(p)
    return { nodes = 3, lan = { rtt = between(us(300), ms(5)) },
             settings = p.cured and { ["distrosim.retryMayOverrideDelete"] = false } or {} }
  end,
  must_see = { "client.closed", "message.timeout", "sync.retried", "sync.merged" },

  story = function(w, p)
    local a, b, c = w:nodes()
    step "a shop on a is known everywhere"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(6), s(12)))

    step "it changes; the push to b is lost; two seconds later it closes"
    local lost = w:intercept { from = a, to = b, op = "CHANGE", action = "drop" }
    expect(shop:update { service = "shop", weight = 2 }, "a refused the update")
    eventually(bounds.push(), function() return lost:seen() == 1 end, "the push to b is under way")
    wait(setting "nacos.core.protocol.distro.data.sync.timeoutMs" - between(s(0.2), bounds.push() - s(0.3)))
    shop:close()
    eventually(bounds.push(), function() return not a:knows(shop) and not c:knows(shop) end, "gone from a and c")
    expect(b:knows(shop), "b heard of it in time")

    if not setting "distrosim.retryMayOverrideDelete" then
      step "the DELETE is sent with the retry"
      eventually(bounds.again() + bounds.push(), function() return not b:knows(shop) end, "gone from b, too")
      return
    end
    step "the DELETE was lost: b lists the dead until the lease ends"
    -- The last VERIFY to match came two rounds (10 s) before the close at most.
    local took = within(s(180) - s(15), bounds.lease, function() return not b:knows(shop) end, "b's lease ends")
    measure("listed though closed for", took)
  end,
}
