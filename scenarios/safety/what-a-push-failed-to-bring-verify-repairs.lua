-- Whatever a client does, a node that missed the push of it lists it rightly soon after, with the next
-- VERIFY.
-- The push to b is answered OK and not applied, so there is no retry. Each operation moves the client's
-- revision on; the next VERIFY, 5 s later at most, finds it different (or the client unknown), and the
-- repair leaves at the next scan. A VERIFY between the operation and its push turns that push into the
-- repair, and the one after repairs: 1.2 s + 5.3 s. (Nacos before 2.3.0 forgot the batch: issue 11192.)
local bounds = require "bounds"

local SOON = bounds.push() + bounds.repair(ms(5))

return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(300), ms(5)) } } end,
  must_see = { "verify.mismatch", "verify.repair", "client.updated", "client.deregistered" },
  always   = { checks.view_matches_store {} },

  story = function(w)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }

    -- The operation is acknowledged, b misses the push, and is right again.
    local function repaired(what, operation)
      step(what .. "; b answers OK and forgets it")
      wait(between(s(0), bounds.round() + s(1)))
      local missed = w:intercept { from = a, to = b, op = "CHANGE", action = "refuse_apply", reply = "ok" }
      expect(operation(), "a refused")
      eventually(SOON, function() return missed:seen() == 1 and w:converged() end, "all agree on: " .. what)
    end

    repaired("a shop opens", function() return shop:register { service = "shop" } end)
    repaired("it doubles its weight", function() return shop:update { service = "shop", weight = 2 } end)
    repaired("it opens a chain of two", function()
      return shop:register_batch { service = "chain", instances = { { port = 1 }, { port = 2 } } }
    end)
    repaired("a third joins the chain", function()
      return shop:register_batch { service = "chain", instances = { { port = 1 }, { port = 2 }, { port = 3 } } }
    end)
    repaired("the shop closes, the chain stays", function() return shop:deregister { service = "shop" } end)
  end,
}
