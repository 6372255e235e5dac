-- Who answers what, what is said aloud at a transfer, and where organizations are called (T-09, T-10).
ALTER TABLE account
    ADD COLUMN skills text[] NOT NULL DEFAULT '{}',
    ADD COLUMN is_first_level boolean NOT NULL DEFAULT true,
    ADD COLUMN department text NOT NULL DEFAULT '',
    ADD COLUMN position text NOT NULL DEFAULT '',
    DROP CONSTRAINT account_role_check,
    ADD CONSTRAINT account_role_check CHECK (role IN ('operator', 'administrator', 'organization', 'supervisor'));
ALTER TABLE organization
    -- digits as they are dialled
    ADD COLUMN telephone text CHECK (telephone ~ '^[+]?[0-9]{2,15}$');
