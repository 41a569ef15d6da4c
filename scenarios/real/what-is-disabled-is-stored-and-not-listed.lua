-- An instance that its client disables stays in every store and leaves every list; enabled again, it is back.
local bounds = require "bounds"

return scenario {
  topology = { nodes = 3, lan = { rtt = ms(1) } },
  must_see = { "client.updated" },
  story = function(w)
    local a, b, c = w:nodes()
    local shop = w:client { name = "shop-1", server = a }
    expect(shop:register { service = "shop" }, "refused")
    wait(bounds.push() + bounds.notify + between(s(0), s(5)))
    local function listed(count)
      for _, n in ipairs { a, b, c } do
        if #n:instances "shop" ~= count then return false end
      end
      return true
    end
    expect(listed(1), "not listed by all")
    step "shop-1 disables it"
    expect(shop:update { service = "shop", enabled = false }, "refused")
    local disabled = now()
    eventually(bounds.push() + bounds.notify, function() return listed(0) end, "a server lists it still")
    measure("unlisted", now() - disabled)
    expect(w:all_know(shop), "a store lost it")
    step "and enables it again"
    expect(shop:update { service = "shop", enabled = true }, "refused")
    local enabled = now()
    eventually(bounds.push() + bounds.notify, function() return listed(1) end, "a server does not list it")
    measure("listed", now() - enabled)
  end,
}
