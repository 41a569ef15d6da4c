-- A server that cannot handle a message says OK, and an instance that was taken down stays listed there for
-- three minutes.
-- In Nacos: when no processor takes the data, DistroDataRequestHandler#handle sets an error code but leaves
-- resultCode at 200, which is all that the sender's DistroRpcCallbackWrapper reads (PROTOCOL.md 5.1,
-- 9.6.6). So nothing is retried. A lost CHANGE is found by VERIFY; after a lost DELETE there is no VERIFY any more.
-- (distrosim.okOnRefusedData = false makes a core look at the error code. Here the answer says plain OK, which
-- no sender can tell from the truth.)
local bounds = require "bounds"

return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "client.closed", "sync.deleted", "lease.expired" },

  story = function(w)
    local a, b, c = w:nodes()
    step "a shop on a is known everywhere"
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "a refused it")
    eventually(bounds.push(), function() return w:all_know(shop) end, "shop-1 known everywhere")
    wait(between(s(6), s(12)))

    step "it closes; b answers OK to the DELETE and does nothing"
    local refused = w:intercept { from = a, to = b, op = "DELETE", action = "refuse_apply", reply = "ok" }
    shop:close()
    eventually(bounds.push(), function() return refused:seen() == 1 and not c:knows(shop) end, "a tells both")
    expect(b:knows(shop), "b took it all the same")

    expect(a:counters().sync_failed == 0, "a noticed")
    local took = within(bounds.lease_earliest - s(2), bounds.lease, function() return not b:knows(shop) end,
                        "b's lease ends")
    measure("listed though closed for", took)
  end,
}
