-- A subscriber's list follows the registry: 1.9 s after a change is acknowledged anywhere, every subscriber
-- shows it.
-- Sync to the subscriber's node 1.2 s (delay 1 s + scan 0.1 s + transfer 0.1 s), then the push to it 0.7 s
-- (delay 0.5 s + tick 0.1 s + transfer 0.1 s). An emptied list is told as well: empty protection is off by
-- default.
local bounds = require "bounds"

return scenario {
  topology = function() return { nodes = 3, lan = { rtt = between(us(200), ms(2)) } } end,
  must_see = { "client.registered", "client.deregistered" },

  story = function(w)
    local a, b, c = w:nodes()
    step "a reader at every node subscribes to a service that nobody offers yet"
    local readers = {}
    for _, n in ipairs { a, b, c } do
      local reader = w:client { name = "reader-" .. n.name, server = n, subscribe = { "shop" } }
      readers[#readers + 1] = reader
    end
    wait(between(s(1), s(6)))

    local function all_see(count)
      return function()
        for _, reader in ipairs(readers) do
          if #reader:sees "shop" ~= count then return false end
        end
        return true
      end
    end
    expect(all_see(0)(), "a reader sees a shop that does not exist")

    step "a shop opens"
    local shop = w:client { name = "shop-1", server = one_of { a, b, c } }
    expect(shop:register { service = "shop" }, "its own node refused it")
    eventually(bounds.push() + bounds.notify, all_see(1), "every reader sees shop-1")

    step "a second one opens elsewhere"
    local second = w:client { name = "shop-2", server = one_of { a, b, c } }
    expect(second:register { service = "shop" }, "its own node refused it")
    eventually(bounds.push() + bounds.notify, all_see(2), "every reader sees both")

    step "both take it back"
    expect(shop:deregister { service = "shop" } and second:deregister { service = "shop" }, "refused")
    eventually(bounds.push() + bounds.notify, all_see(0), "every reader sees none")
  end,
}
